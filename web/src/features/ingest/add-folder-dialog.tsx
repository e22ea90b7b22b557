import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { addFolder, foldersQuery } from '@/lib/api/ingest';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { toast } from '@/ui/toast-store';

import { useStartScan } from './scans';

export function AddFolderDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const scan = useStartScan();
  const [path, setPath] = useState('');
  const add = useMutation({
    mutationFn: () => addFolder(path.trim()),
    onSuccess: (folder) => {
      void client.invalidateQueries({ queryKey: foldersQuery.queryKey });
      scan.mutate([folder.id]);
      toast('Folder added. Scanning it now.', { tone: 'good' });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a folder"
      description="A folder on the machine that Shadow runs on. It is scanned at once, and watched from then on."
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            type="submit"
            form="add-folder"
            busy={add.isPending}
            disabled={!path.trim()}
          >
            Add folder
          </Button>
        </>
      }
    >
      <form id="add-folder" onSubmit={submit}>
        <Field
          label="Path"
          placeholder="/media/films"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={4096}
          value={path}
          hint="The full path, as the server sees it."
          error={add.isError ? messageOf(add.error) : undefined}
          onChange={(event) => setPath(event.target.value)}
        />
      </form>
    </Dialog>
  );
}

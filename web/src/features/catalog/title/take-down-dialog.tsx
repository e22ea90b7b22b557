import { useMutation } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { takeDownFile, takeDownTitle } from '@/lib/api/moderation';
import type { MediaFile, Title } from '@/lib/api/types';
import { versionName } from '@/lib/codecs';
import { plural } from '@/lib/format';
import { follow } from '@/lib/followed';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, TextArea } from '@/ui/field';

interface TakeDownDialogProps {
  of: Title;
  /** One file of it alone. */
  file?: MediaFile;
  onClose: () => void;
}

const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();

/** Ask, by having the name typed, before something is deleted everywhere and for good. */
export function TakeDownDialog({ of: title, file, onClose }: TakeDownDialogProps) {
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const takeDown = useMutation({
    mutationFn: () =>
      file ? takeDownFile(file.id, reason.trim()) : takeDownTitle(title.id, reason.trim()),
    onSuccess: ({ id }) => {
      follow({ id, label: `Take-down of ${title.title}` });
      void router.navigate({ to: '/jobs/$id', params: { id } });
    },
  });
  const what = file
    ? `“${versionName(file)}” of “${title.title}”`
    : `“${title.title}” with ${plural(title.files.length, 'file')}`;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Take down for good?"
      description="This cannot be undone."
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="danger"
            type="submit"
            form="take-down"
            busy={takeDown.isPending}
            disabled={plain(typed) !== plain(title.title)}
          >
            Take down
          </Button>
        </>
      }
    >
      <form
        id="take-down"
        className="space-y-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          takeDown.mutate();
        }}
      >
        <p className="text-sm text-soft">
          {what} is deleted from the disk, from every storage and from every mirror. Its content is
          blocked: nobody can add it again.
        </p>
        <Field
          label={`Type “${title.title}” to go on`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <TextArea
          label="Reason"
          rows={2}
          maxLength={300}
          value={reason}
          hint="Noted in the blocklist."
          onChange={(event) => setReason(event.target.value)}
        />
        {takeDown.isError && (
          <p role="alert" className="text-sm text-bad">
            {messageOf(takeDown.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

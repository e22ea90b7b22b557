import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { blockHash } from '@/lib/api/moderation';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { toast } from '@/ui/toast-store';

const SHA256 = /^[0-9a-f]{64}$/i;

/** Block content by its hash, before it was ever here. */
export function BlockDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [form, setForm] = useState({ sha256: '', name: '', reason: '' });
  const wrong = form.sha256 !== '' && !SHA256.test(form.sha256.trim());
  const add = useMutation({
    mutationFn: () => blockHash({ ...form, sha256: form.sha256.trim().toLowerCase() }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['blocklist'] });
      toast('Blocked.', { tone: 'good' });
      onClose();
    },
  });
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { target: { value: string } }) =>
      setForm({ ...form, [name]: event.target.value }),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Block a hash"
      description="A file with this hash is refused from now on. One that is in the library already stays: take it down on its page."
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            type="submit"
            form="block"
            busy={add.isPending}
            disabled={!form.sha256.trim() || wrong}
          >
            Block
          </Button>
        </>
      }
    >
      <form
        id="block"
        className="space-y-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Field
          label="SHA-256"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          hint="Of the whole file: 64 signs, 0–9 and a–f."
          error={
            wrong
              ? 'A SHA-256 hash has 64 signs, 0–9 and a–f.'
              : add.isError
                ? messageOf(add.error)
                : undefined
          }
          {...field('sha256')}
        />
        <Field label="Name" maxLength={300} hint="For people." {...field('name')} />
        <Field label="Reason" maxLength={300} {...field('reason')} />
      </form>
    </Dialog>
  );
}

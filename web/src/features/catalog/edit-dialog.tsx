import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Lock, LockOpen } from 'lucide-react';
import { useState, type FormEvent } from 'react';

import { editTitle, titleQuery } from '@/lib/api/catalog';
import { messageOf } from '@/lib/api/client';
import type { Title } from '@/lib/api/types';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Dialog } from '@/ui/dialog';
import { Field, TextArea } from '@/ui/field';
import { toast } from '@/ui/toast-store';

import { changes, formOf, type EditForm, type EditName } from './edit-changes';

interface LockMarkProps {
  name: string;
  locked: boolean;
  onToggle: () => void;
}

function LockMark({ name, locked, onToggle }: LockMarkProps) {
  const Icon = locked ? Lock : LockOpen;
  return (
    <button
      type="button"
      onClick={onToggle}
      aria-pressed={locked}
      aria-label={`Keep ${name} when details are refreshed`}
      title={
        locked ? 'Kept as it is. Click to hand it back to refreshes.' : 'Refreshes may change it.'
      }
      className={cx(
        'grid size-6 place-items-center rounded-full transition',
        locked ? 'text-glow' : 'text-faint hover:text-ink',
      )}
    >
      <Icon aria-hidden className="size-3.5" />
    </button>
  );
}

/** Change a title's details by hand. What is changed is kept against refreshes. */
export function EditDialog({ title, onClose }: { title: Title; onClose: () => void }) {
  const client = useQueryClient();
  const [form, setForm] = useState<EditForm>(() => formOf(title));
  const [unlocked, setUnlocked] = useState<Set<EditName>>(new Set());
  const save = useMutation({
    mutationFn: () => editTitle(title.id, changes(title, form, unlocked)),
    onSuccess: (next) => {
      client.setQueryData(titleQuery(title.id).queryKey, next);
      for (const key of ['titles', 'search', 'review']) {
        void client.invalidateQueries({ queryKey: [key] });
      }
      toast('Saved.', { tone: 'good' });
      onClose();
    },
  });

  const changed = changes(title, form, new Set());
  const isLocked = (name: EditName) =>
    name in changed || (title.locked.includes(name) && !unlocked.has(name));
  const toggle = (name: EditName) => {
    const next = new Set(unlocked);
    if (!next.delete(name)) next.add(name);
    setUnlocked(next);
  };
  const field = (name: EditName, label: string) => ({
    label,
    value: form[name],
    onChange: (event: { target: { value: string } }) =>
      setForm({ ...form, [name]: event.target.value }),
    mark:
      title.locked.includes(name) || name in changed ? (
        <LockMark name={label} locked={isLocked(name)} onToggle={() => toggle(name)} />
      ) : undefined,
  });

  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Edit details"
      description="What you change stays as it is when details are refreshed."
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" form="edit-title" busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="edit-title"
        className="grid gap-4 sm:grid-cols-6"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field {...field('title', 'Title')} required maxLength={400} className="sm:col-span-4" />
        <Field
          {...field('year', 'Year')}
          inputMode="numeric"
          pattern="1[89]\d\d|2[01]\d\d"
          className="sm:col-span-1"
        />
        <Field
          {...field('certification', 'Certificate')}
          maxLength={16}
          className="sm:col-span-1"
        />
        <Field
          {...field('original_title', 'Original title')}
          maxLength={400}
          className="sm:col-span-6"
        />
        <Field {...field('tagline', 'Tagline')} maxLength={1000} className="sm:col-span-6" />
        <TextArea
          {...field('overview', 'Description')}
          rows={5}
          maxLength={20000}
          className="sm:col-span-6"
        />
        <Field
          {...field('genres', 'Genres')}
          hint="Separated by commas."
          className="sm:col-span-6"
        />
        {save.isError && (
          <p role="alert" className="text-sm text-bad sm:col-span-6">
            {messageOf(save.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

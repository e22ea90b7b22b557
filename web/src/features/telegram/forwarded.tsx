import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { indexMessage } from '@/lib/api/telegram';
import { follow } from '@/lib/followed';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Section } from '@/ui/page';

/** Take a file into the library that lies in a channel already. */
export function Forwarded() {
  const [link, setLink] = useState('');
  const add = useMutation({
    mutationFn: indexMessage,
    onSuccess: ({ id }, wanted) => {
      follow({ id, label: wanted });
      setLink('');
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(link.trim());
  };
  return (
    <Section
      title="A file that is in Telegram already"
      note="What is forwarded to the channel for files comes into the library by itself. A single message is named by its link; nothing is copied."
    >
      <form onSubmit={submit} className="card flex flex-wrap items-start gap-3 p-5">
        <Field
          label="Link of the message"
          type="text"
          inputMode="url"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          placeholder="https://t.me/c/1234567890/5"
          className="min-w-[min(100%,16rem)] flex-1"
          value={link}
          error={add.isError ? messageOf(add.error) : undefined}
          onChange={(event) => {
            setLink(event.target.value);
            if (add.isError) add.reset();
          }}
        />
        <Button type="submit" busy={add.isPending} disabled={!link.trim()} className="sm:mt-6.5">
          Add
        </Button>
        <p role="status" className="w-full text-sm text-soft empty:hidden">
          {add.isSuccess && (
            <>
              It is being looked at.{' '}
              <Link
                to="/jobs/$id"
                params={{ id: add.data.id }}
                className="rounded-xs text-glow underline-offset-4 hover:underline"
              >
                See how it stands
              </Link>
            </>
          )}
        </p>
      </form>
    </Section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { FileUp, ListTree, Plus } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { plural } from '@/lib/format';
import { atLeast } from '@/lib/roles';
import { Button } from '@/ui/button';
import { Field, Select, TextArea } from '@/ui/field';

import { FileChoice } from './file-choice';
import { StorageChoice } from './storage-choice';
import { useLinkForm } from './use-link-form';

type Form = ReturnType<typeof useLinkForm>;

/** What a torrent or magnet link holds, to choose from. */
function Files({ form }: { form: Form }) {
  const { listable, look, offered } = form;
  if (offered?.items.length) {
    return (
      <>
        {offered.name && <p className="text-sm font-medium break-words">{offered.name}</p>}
        <FileChoice files={offered.items} chosen={form.chosen} onChange={form.setChosen} />
      </>
    );
  }
  if (offered) return <p className="text-sm text-faint">It holds one file: nothing to choose.</p>;
  if (!listable) return null;
  return (
    <div>
      <Button size="sm" icon={ListTree} busy={look.isPending} onClick={() => look.mutate(listable)}>
        Choose files
      </Button>
      <p role="status" className="mt-1.5 text-xs text-faint">
        {look.isPending
          ? 'Asking what it holds. A magnet link has to find peers first: this may take a minute.'
          : 'Or fetch everything that it holds.'}
      </p>
      {look.isError && (
        <p role="alert" className="mt-1.5 text-sm text-bad">
          {messageOf(look.error)}
        </p>
      )}
    </div>
  );
}

function TorrentPicker({ form }: { form: Form }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept=".torrent,application/x-bittorrent"
        aria-label="A .torrent file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) form.torrent.mutate(file);
        }}
      />
      <Button
        look="quiet"
        icon={FileUp}
        busy={form.torrent.isPending}
        onClick={() => input.current?.click()}
      >
        Open a .torrent file
      </Button>
    </>
  );
}

function Wishes({ form }: { form: Form }) {
  const { data: me } = useQuery(meQuery);
  const several = form.links.length > 1;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Title"
        className="sm:col-span-2"
        maxLength={300}
        disabled={several}
        value={several ? '' : form.wishes.title}
        placeholder={
          several ? 'Each is named by what it holds' : 'Its title, with the year in brackets'
        }
        hint="Only if the file’s name does not tell."
        onChange={(event) => form.setWishes({ title: event.target.value })}
      />
      {atLeast(me?.role, 'moderator') && (
        <Select
          label="Priority"
          value={form.wishes.priority}
          onChange={(event) => form.setWishes({ priority: Number(event.target.value) })}
        >
          <option value={20}>High</option>
          <option value={0}>Normal</option>
          <option value={-20}>Low</option>
        </Select>
      )}
      <StorageChoice
        value={form.wishes.storage}
        onChange={(storage) => form.setWishes({ storage })}
      />
    </div>
  );
}

/** Paste links, and let the server fetch them. */
export function LinkForm() {
  const form = useLinkForm();
  // Nothing is wrong with a link that is still being typed.
  const [settled, setSettled] = useState(false);
  const { begin, torrent, links } = form;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSettled(true);
    if (form.ready) begin.mutate();
  };
  const refused = begin.data?.refused[0]?.error;
  const error =
    (settled ? form.trouble : null) ??
    (torrent.isError ? messageOf(torrent.error) : undefined) ??
    (links.length ? refused : undefined);
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextArea
        label="Links"
        rows={3}
        placeholder="https://… or magnet:?…"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={form.text}
        hint="One a line: a file, a page with a video, an archive, a torrent or magnet link."
        error={error ?? undefined}
        onBlur={() => setSettled(true)}
        onChange={(event) => {
          setSettled(false);
          begin.reset();
          torrent.reset();
          form.setText(event.target.value);
        }}
      />
      <Files form={form} />
      <Wishes form={form} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          icon={Plus}
          busy={begin.isPending}
          disabled={!links.length || (settled && !form.ready)}
        >
          {links.length > 1 ? `Fetch ${plural(links.length, 'link')}` : 'Fetch'}
        </Button>
        <TorrentPicker form={form} />
      </div>
    </form>
  );
}

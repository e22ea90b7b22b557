import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CopyPlus, ExternalLink, HardDrive, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { copiesQuery, dropCopy, mirrorFile, mirrorsQuery } from '@/lib/api/copies';
import { isActive, jobsQuery } from '@/lib/api/jobs';
import type { FileCopy, MediaFile } from '@/lib/api/types';
import { ago, bytes } from '@/lib/format';
import { follow } from '@/lib/followed';
import { atLeast } from '@/lib/roles';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

const STATES: Record<string, { label: string; tone: 'good' | 'warn' | 'bad' | 'plain' }> = {
  ok: { label: 'Good', tone: 'good' },
  unchecked: { label: 'Not checked yet', tone: 'plain' },
  missing: { label: 'Gone', tone: 'bad' },
  damaged: { label: 'Damaged', tone: 'bad' },
};

function useCopyJobs(file: MediaFile) {
  const client = useQueryClient();
  const steps = {
    onSettled: () => {
      void client.invalidateQueries({ queryKey: jobsQuery.queryKey });
      void client.invalidateQueries({ queryKey: ['copies', file.id] });
    },
    onError: (error: unknown) => void toast(messageOf(error), { tone: 'bad' }),
  };
  const mirror = useMutation({
    mutationFn: (place: string) => mirrorFile(file.id, place),
    onSuccess: ({ id }, place) => {
      follow({ id, label: `Copy to ${place}` });
      toast(`Copying to ${place} in the background.`);
    },
    ...steps,
  });
  const drop = useMutation({ mutationFn: (place: string) => dropCopy(file.id, place), ...steps });
  return { mirror, drop };
}

interface CopyLineProps {
  copy: FileCopy;
  onDrop: () => void;
  onRenew: () => void;
}

function CopyLine({ copy, onDrop, onRenew }: CopyLineProps) {
  const [asking, setAsking] = useState(false);
  const state = STATES[copy.state] ?? { label: copy.state, tone: 'plain' as const };
  const lost = copy.state === 'missing' || copy.state === 'damaged';
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <div className="min-w-40 flex-1">
        <p className="flex flex-wrap items-center gap-2.5 text-sm">
          {copy.place}
          <Badge tone={state.tone}>{state.label}</Badge>
        </p>
        <p className="text-xs text-faint">
          {copy.kind === 'mirror' ? 'Mirror' : 'Storage'} · {bytes(copy.size)}
          {copy.checked_at && ` · checked ${ago(copy.checked_at)}`}
        </p>
      </div>
      {lost && (
        <Button size="sm" onClick={onRenew}>
          Copy anew
        </Button>
      )}
      {copy.url && (
        <a
          href={copy.url}
          target="_blank"
          rel="noreferrer noopener"
          aria-label={`Open the copy at ${copy.place} in a new window`}
          className="grid size-11 place-items-center rounded-full text-soft transition hover:bg-pane-strong hover:text-ink"
        >
          <ExternalLink aria-hidden className="size-5" />
        </a>
      )}
      <IconButton
        icon={Trash2}
        label={`Delete the copy at ${copy.place}`}
        onClick={() => setAsking(true)}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          onDrop();
          setAsking(false);
        }}
        title="Delete this copy?"
        verb="Delete the copy"
      >
        <p>The copy at {copy.place} is deleted there. The file itself stays.</p>
      </Confirm>
    </li>
  );
}

interface MakeCopyProps {
  places: string[];
  busy: boolean;
  onMake: (place: string) => void;
}

function MakeCopy({ places, busy, onMake }: MakeCopyProps) {
  if (!places.length) return null;
  return (
    <Menu
      trigger={
        <Button size="sm" icon={CopyPlus} busy={busy}>
          Make a copy
        </Button>
      }
    >
      {places.map((place) => (
        <MenuItem key={place} onSelect={() => onMake(place)}>
          {place}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** The file where it belongs. */
function Home({ file }: { file: MediaFile }) {
  const here = file.state === 'present';
  return (
    <li className="flex items-center gap-3 py-2 text-sm">
      <HardDrive aria-hidden className="size-4 shrink-0 text-glow" />
      <span className="min-w-0 flex-1 wrap-anywhere">{file.path}</span>
      <Badge tone={here ? 'good' : 'bad'}>{here ? 'The file itself' : 'Not there'}</Badge>
    </li>
  );
}

function Copies({ file }: { file: MediaFile }) {
  const jobs = useQuery(jobsQuery);
  const copying = jobs.data?.items.some((job) => job.kind === 'mirror' && isActive(job));
  const copies = useQuery(copiesQuery(file.id));
  const places = useQuery(mirrorsQuery);
  const { mirror, drop } = useCopyJobs(file);
  const held = new Set(copies.data?.items.map((copy) => copy.place));
  const known = places.data?.items.map((place) => place.name) ?? [];
  if (!copies.data) return null;
  return (
    <section aria-label="Where it is kept" className="mt-6">
      <div className="mb-2 flex items-center justify-between gap-3">
        <h3 className="text-base">Where it is kept</h3>
        <MakeCopy
          places={file.state === 'present' ? known.filter((place) => !held.has(place)) : []}
          busy={mirror.isPending}
          onMake={mirror.mutate}
        />
      </div>
      <ul className="divide-y divide-line">
        <Home file={file} />
        {copies.data.items.map((copy) => (
          <CopyLine
            key={copy.place}
            copy={copy}
            onDrop={() => drop.mutate(copy.place)}
            onRenew={() => mirror.mutate(copy.place)}
          />
        ))}
      </ul>
      {!copies.data.items.length && (
        <p className="mt-1 text-sm text-faint">
          No copy of it is kept elsewhere.{' '}
          {!known.length && 'A second storage or a mirror has to be set up for that.'}
        </p>
      )}
      {copying && (
        <p role="status" className="mt-2 text-sm text-soft">
          A copy is being made.{' '}
          <Link to="/settings/jobs" className="text-glow underline-offset-4 hover:underline">
            See the jobs
          </Link>
        </p>
      )}
    </section>
  );
}

/** The places that hold a file's bytes, for those who look after the library. */
export function FileCopies({ file }: { file: MediaFile }) {
  const { data: me } = useQuery(meQuery);
  return atLeast(me?.role, 'moderator') ? <Copies file={file} /> : null;
}

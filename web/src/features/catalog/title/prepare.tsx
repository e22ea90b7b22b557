import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { isActive, jobsQuery, type Job } from '@/lib/api/jobs';
import { dropPrepared, preparedQuery, prepareTitle } from '@/lib/api/prepared';
import type { Title } from '@/lib/api/types';
import { jobNote } from '@/lib/job-words';
import { atLeast } from '@/lib/roles';
import { Confirm } from '@/ui/dialog';
import { Progress } from '@/ui/progress';
import { Switch } from '@/ui/switch';
import { toast } from '@/ui/toast-store';

import { preparedNote, renditionsOf, shareOf } from './prepare-words';

/** The work on this title that is under way, kept up to date by the event stream. */
function usePrepareJob(titleId: string): Job | null {
  const { data } = useQuery(jobsQuery);
  return (
    data?.items.find(
      (job) => job.kind === 'prepare' && job.title_id === titleId && isActive(job),
    ) ?? null
  );
}

function usePrepared(titleId: string) {
  const client = useQueryClient();
  const job = usePrepareJob(titleId);
  const prepared = useQuery({ ...preparedQuery(titleId), refetchInterval: job ? 5000 : false });
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['prepared', titleId] });
    void client.invalidateQueries({ queryKey: jobsQuery.queryKey });
    void client.invalidateQueries({ queryKey: ['playback-preview'] });
  };
  const steps = {
    onSuccess: refresh,
    onError: (error: unknown) => void toast(messageOf(error), { tone: 'bad' }),
  };
  const begin = useMutation({ mutationFn: () => prepareTitle(titleId), ...steps });
  const drop = useMutation({ mutationFn: () => dropPrepared(titleId), ...steps });
  const running = job !== null;
  useEffect(() => {
    // What came of it is asked for once more when it is over.
    if (!running) void client.invalidateQueries({ queryKey: ['prepared', titleId] });
  }, [running, client, titleId]);
  return { job, prepared, begin, drop };
}

function PrepareCard({ title }: { title: Title }) {
  const { job, prepared, begin, drop } = usePrepared(title.id);
  const [asking, setAsking] = useState(false);
  if (!prepared.data) return null;
  const ready = preparedNote(prepared.data);
  const making = job !== null || begin.isPending;
  const on = making || renditionsOf(prepared.data).length > 0;
  return (
    <section aria-label="Preparation" className="card max-w-5xl px-5 py-4">
      <Switch
        label="Prepare for playing"
        hint={ready || 'Converts ahead of time, and keeps that, so that playing costs nothing'}
        checked={on}
        disabled={begin.isPending || drop.isPending}
        onChange={(wanted) => (wanted ? begin.mutate() : setAsking(true))}
      />
      {making && (
        <div className="mt-3">
          <Progress share={shareOf(job, prepared.data)} label="Preparing" />
          {job && jobNote(job) && (
            <p className="mt-1.5 text-xs text-soft tabular-nums">{jobNote(job)}</p>
          )}
        </div>
      )}
      <Confirm
        open={asking}
        title={making ? 'Stop preparing?' : 'Throw away what was prepared?'}
        verb={making ? 'Stop' : 'Throw away'}
        busy={drop.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          drop.mutate();
          setAsking(false);
        }}
      >
        {ready && <p>{ready}.</p>}
        <p>The title stays playable; it is converted while people watch, as before.</p>
      </Confirm>
    </section>
  );
}

/** The switch by which editors have a title converted ahead of time. */
export function Prepare({ title }: { title: Title }) {
  const { data: me } = useQuery(meQuery);
  const playable = title.files.some((file) => file.state === 'present');
  if (!atLeast(me?.role, 'moderator') || !playable) return null;
  return <PrepareCard title={title} />;
}

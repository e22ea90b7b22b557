import { useInfiniteQuery } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';
import { useState } from 'react';

import { jobGroupQuery, type Job } from '@/lib/api/jobs';
import { useDocumentTitle } from '@/lib/hooks';
import { ButtonLink } from '@/ui/button';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';

import { ChosenBar } from './chosen-bar';
import { inStartOrder } from './job-order';
import { JobSection } from './job-section';
import { Machines } from './machines';
import { useIsEditor } from './steering';

/** Jobs are followed by events; this catches what an event that got lost would have told. */
const ANEW = { refetchInterval: 20_000 };

const jobsOf = (query: { data?: { pages: { items: Job[] }[] } }) =>
  query.data?.pages.flatMap((page) => page.items) ?? [];

export function JobsPage() {
  useDocumentTitle('Jobs');
  const isEditor = useIsEditor();
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const running = useInfiniteQuery({ ...jobGroupQuery('running'), ...ANEW });
  const waiting = useInfiniteQuery({ ...jobGroupQuery('waiting'), ...ANEW });
  const finished = useInfiniteQuery(jobGroupQuery(onlyFailed ? 'failed' : 'finished'));
  const groups = [running, waiting, finished];

  const choose = (ids: string[], wanted: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) {
      if (wanted) next.add(id);
      else next.delete(id);
    }
    setChosen(next);
  };
  const lists = {
    running: jobsOf(running),
    waiting: inStartOrder(jobsOf(waiting)),
    finished: jobsOf(finished),
  };
  const all = Object.values(lists).flat();
  const failed = groups.find((group) => group.isLoadingError);
  if (failed) return <ErrorState error={failed.error} retry={() => void failed.refetch()} />;
  const empty = groups.every((group) => group.isSuccess) && !all.length && !onlyFailed;
  const selection = { chosen, onChoose: choose };
  return (
    <>
      {isEditor && <Machines />}
      {groups.some((group) => group.isPending) && !all.length && <ListSkeleton lines={4} />}
      {empty && (
        <EmptyState
          icon={ListChecks}
          title="No jobs"
          action={
            <ButtonLink to="/add" look="primary">
              Add something
            </ButtonLink>
          }
        >
          <p>Downloads, uploads, scans and other work in the background are listed here.</p>
        </EmptyState>
      )}
      <JobSection
        group="running"
        title="Running"
        jobs={lists.running}
        query={running}
        {...selection}
      />
      <JobSection
        group="waiting"
        title="Waiting"
        jobs={lists.waiting}
        query={waiting}
        {...selection}
      />
      <JobSection
        group={onlyFailed ? 'failed' : 'finished'}
        title="Finished"
        jobs={lists.finished}
        query={finished}
        onlyFailed={onlyFailed}
        onOnlyFailed={setOnlyFailed}
        {...selection}
      />
      <ChosenBar
        jobs={all.filter((job) => chosen.has(job.id))}
        onClear={() => setChosen(new Set())}
      />
    </>
  );
}

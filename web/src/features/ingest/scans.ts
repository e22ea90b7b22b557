import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { startScan } from '@/lib/api/ingest';
import { isActive, jobsQuery, type Job } from '@/lib/api/jobs';
import { count, plural, roughly } from '@/lib/format';
import { atLeast } from '@/lib/roles';
import { toast } from '@/ui/toast-store';

/** The scan that runs or waits, if one does and one may know. */
export function useRunningScan(): Job | undefined {
  const { data: me } = useQuery(meQuery);
  const { data } = useQuery({ ...jobsQuery, enabled: atLeast(me?.role, 'moderator') });
  return data?.items.find((job) => job.kind === 'scan' && isActive(job));
}

/** The newest scan that has ended, however it did. */
export function useLastScan(): Job | undefined {
  const { data } = useQuery(jobsQuery);
  return data?.items.find(
    (job) => job.kind === 'scan' && (job.state === 'done' || job.state === 'failed'),
  );
}

/** Start a scan; the event stream brings its progress. */
export function useStartScan() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (folderIds?: number[]) => startScan(folderIds),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
}

/** "1,204 of 1,932 files · 86 a second · about 1 min" */
export function scanFigures(job: Job): string {
  if (job.state === 'queued') return 'Waiting to start';
  const done = job.items_done ?? 0;
  const files = job.items_total
    ? `${count(done)} of ${plural(job.items_total, 'file')}`
    : `${plural(done, 'file')} so far`;
  const speed = job.speed ? `${count(Math.round(job.speed))} a second` : '';
  const left = job.eta ? roughly(job.eta) : '';
  return [files, speed, left].filter(Boolean).join(' · ');
}

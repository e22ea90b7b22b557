import { useQuery } from '@tanstack/react-query';

import { titleQuery } from '@/lib/api/catalog';
import { isActive, type Job } from '@/lib/api/jobs';
import { labelOf } from '@/lib/followed';
import { jobSubject } from '@/lib/job-words';

/** What a job is about: the title it brings once that is known, before that what was asked for. */
export function useSubject(job: Job): string {
  const wanted = job.title_id !== null && (isActive(job) || job.kind !== 'leech');
  const title = useQuery({
    ...titleQuery(job.title_id ?? ''),
    enabled: wanted,
    select: (held) => held.title,
    retry: false,
    staleTime: 5 * 60_000,
  });
  return jobSubject(job, title.data ?? labelOf(job.id));
}

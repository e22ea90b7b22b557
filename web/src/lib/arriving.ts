import { useQuery } from '@tanstack/react-query';

import { isActive, jobsQuery, type Job } from './api/jobs';

/** The job that brings a title's first file, if it is under way and one may know of it. */
export function useArrivingJob(titleId: string): Job | undefined {
  const { data } = useQuery(jobsQuery);
  return data?.items.find(
    (job) => job.title_id === titleId && (isActive(job) || job.state === 'paused'),
  );
}

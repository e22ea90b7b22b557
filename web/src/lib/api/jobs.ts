import { queryOptions } from '@tanstack/react-query';

import type { components } from '@/generated/api';

import { api } from './client';

type Schemas = components['schemas'];

/** Durable background work, as the list and the event stream show it. */
export type Job = Schemas['JobOut'];
export type JobPage = Schemas['JobPage'];
export type JobState = Job['state'];
export type JobVerb = 'cancel' | 'pause' | 'resume' | 'retry';

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => api.get<JobPage>('/api/jobs', undefined, signal),
  staleTime: 30_000,
});

export const steerJob = (id: string, verb: JobVerb) => api.post<Job>(`/api/jobs/${id}/${verb}`);

export const isActive = (job: Job) => job.state === 'queued' || job.state === 'running';

/** Return how far a job is, 0–1, or null while that is unknown. */
export function shareDone(job: Job): number | null {
  const pairs = [
    [job.items_done, job.items_total],
    [job.bytes_done, job.bytes_total],
  ];
  for (const [done, total] of pairs) {
    if (total) return Math.min(1, Math.max(0, (done ?? 0) / total));
  }
  return null;
}

/** Put a job that an event brought into the list: in its place, or in front when new. */
export function withJob(page: JobPage | undefined, job: Job): JobPage | undefined {
  if (!page) return page;
  const known = page.items.some((one) => one.id === job.id);
  const items = known
    ? page.items.map((one) => (one.id === job.id ? job : one))
    : [job, ...page.items];
  return { ...page, items, total: page.total + (known ? 0 : 1) };
}

import {
  infiniteQueryOptions,
  queryOptions,
  type InfiniteData,
  type QueryClient,
} from '@tanstack/react-query';

import type { components } from '@/generated/api';

import { api } from './client';

type Schemas = components['schemas'];

/** Durable background work, as the list and the event stream show it. */
export type Job = Schemas['JobOut'];
export type JobPage = Schemas['JobPage'];
export type JobState = Job['state'];
export type JobVerb = 'cancel' | 'pause' | 'resume' | 'retry';
export type JobLogLine = Schemas['JobLineOut'];
export type Worker = Schemas['WorkerOut'];

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => api.get<JobPage>('/api/jobs', undefined, signal),
  staleTime: 30_000,
});

/** The parts of the jobs page, and the states of the jobs in each. */
export const GROUPS = {
  running: ['running'],
  waiting: ['queued', 'paused'],
  finished: ['done', 'failed', 'cancelled'],
  failed: ['failed'],
} as const satisfies Record<string, JobState[]>;

export type JobGroup = keyof typeof GROUPS;

export const jobGroupQuery = (group: JobGroup) =>
  infiniteQueryOptions({
    queryKey: ['job-group', group],
    queryFn: ({ pageParam, signal }) =>
      api.get<JobPage>(
        '/api/jobs',
        { state: [...GROUPS[group]], limit: group === 'finished' ? 25 : 100, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 5_000,
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => api.get<Job>(`/api/jobs/${encodeURIComponent(id)}`, undefined, signal),
    staleTime: 5_000,
  });

export const jobLogQuery = (id: string) =>
  queryOptions({
    queryKey: ['job-log', id],
    queryFn: ({ signal }) =>
      api.get<Schemas['JobLog']>(`/api/jobs/${encodeURIComponent(id)}/log`, undefined, signal),
    staleTime: 1_000,
  });

export const workersQuery = queryOptions({
  queryKey: ['workers'],
  queryFn: ({ signal }) => api.get<Schemas['WorkerList']>('/api/workers', undefined, signal),
  refetchInterval: 5_000,
});

export const steerJob = (id: string, verb: JobVerb) => api.post<Job>(`/api/jobs/${id}/${verb}`);
export const steerAll = (action: JobVerb, states: readonly JobState[]) =>
  api.post<{ count: number }>('/api/jobs/bulk', { action, states });
export const prioritiseJob = (id: string, priority: number) =>
  api.post<Job>(`/api/jobs/${id}/priority`, { priority });

export const isActive = (job: Job) => job.state === 'queued' || job.state === 'running';

/** Which verbs a job in a state obeys. */
export const VERBS: Record<JobState, readonly JobVerb[]> = {
  queued: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  done: [],
  failed: ['retry'],
  cancelled: ['retry'],
};

/** Return how far a job is, 0–1, or null while that is unknown. */
export function shareDone(job: Job): number | null {
  const pairs = [
    [job.items_done, job.items_total],
    [job.bytes_done, job.bytes_total],
  ];
  // While bytes move they tell more than the count of files that are through.
  if (job.kind === 'leech' && job.bytes_total) pairs.reverse();
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

type Pages = InfiniteData<JobPage>;

/** Put a job into a group's pages, or take it out of them, as its state demands. */
export function withJobIn(group: JobGroup, pages: Pages | undefined, job: Job): Pages | undefined {
  const first = pages?.pages[0];
  if (!pages || !first) return pages;
  const belongs = (GROUPS[group] as readonly JobState[]).includes(job.state);
  const known = pages.pages.some((page) => page.items.some((one) => one.id === job.id));
  if (!belongs && !known) return pages;
  const change = belongs && !known ? 1 : !belongs && known ? -1 : 0;
  const next = pages.pages.map((page, index) => {
    const items = belongs
      ? page.items.map((one) => (one.id === job.id ? job : one))
      : page.items.filter((one) => one.id !== job.id);
    if (change === 1 && index === 0) items.unshift(job);
    return { ...page, items, total: Math.max(items.length, page.total + change) };
  });
  return { ...pages, pages: next };
}

const changedAt = (job: Job) => new Date(job.updated_at).getTime();

/** True when a newer state of the job is shown: an answer may come later than the event after it. */
function isOutdated(client: QueryClient, job: Job): boolean {
  const groups = Object.keys(GROUPS) as JobGroup[];
  const pages = [
    client.getQueryData(jobsQuery.queryKey),
    ...groups.flatMap((group) => client.getQueryData(jobGroupQuery(group).queryKey)?.pages ?? []),
  ];
  const held = pages.flatMap((page) => page?.items.filter((one) => one.id === job.id) ?? []);
  const alone = client.getQueryData(jobQuery(job.id).queryKey);
  return [...held, ...(alone ? [alone] : [])].some((one) => changedAt(one) > changedAt(job));
}

/** Let every place that shows a job show it as it is now. */
export function rememberJob(client: QueryClient, job: Job): void {
  if (isOutdated(client, job)) return;
  client.setQueryData(jobsQuery.queryKey, (page) => withJob(page, job));
  client.setQueryData(jobQuery(job.id).queryKey, (held) => held && job);
  for (const group of Object.keys(GROUPS) as JobGroup[]) {
    client.setQueryData(jobGroupQuery(group).queryKey, (pages) => withJobIn(group, pages, job));
  }
}

/** Ask anew for every list of jobs. */
export function refreshJobs(client: QueryClient): void {
  for (const key of ['jobs', 'job-group', 'job', 'job-log']) {
    void client.invalidateQueries({ queryKey: [key] });
  }
}

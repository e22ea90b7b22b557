import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';

import { api } from './client';
import type { BlockedHash, BlockPage, JobStarted, SubmissionPage } from './types';

export type SubmissionState = 'waiting' | 'approved' | 'rejected';

const below = (id: string) => `/api/submissions/${encodeURIComponent(id)}`;

/** What people proposed: editors see everybody's, others their own. */
export const submissionsQuery = (state?: SubmissionState) =>
  infiniteQueryOptions({
    queryKey: ['submissions', state ?? 'all'],
    queryFn: ({ pageParam, signal }) =>
      api.get<SubmissionPage>('/api/submissions', { state, limit: 20, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const pictureAddress = (id: string, number: number) => `${below(id)}/pictures/${number}.jpg`;
/** The bytes of a waiting file, counted from 1 as the pictures are. */
export const previewAddress = (id: string, number: number) => `${below(id)}/files/${number}`;

export const approveSubmission = (id: string, title: string | null) =>
  api.post<JobStarted>(`${below(id)}/approve`, title ? { title } : {});
export const rejectSubmission = (id: string, decision: { reason: string; block: boolean }) =>
  api.post<undefined>(`${below(id)}/reject`, decision);

export const blocklistQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['blocklist', q],
    queryFn: ({ pageParam, signal }) =>
      api.get<BlockPage>('/api/blocklist', { q, limit: 50, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });

export const blockHash = (block: { sha256: string; name?: string; reason?: string }) =>
  api.post<BlockedHash>('/api/blocklist', block);
export const unblockHash = (sha256: string) => api.delete<undefined>(`/api/blocklist/${sha256}`);

/** Delete everywhere, forget, and block for good. Followed as a job. */
export const takeDownTitle = (id: string, reason: string) =>
  api.post<JobStarted>(`/api/titles/${id}/takedown`, { reason });
export const takeDownFile = (id: string, reason: string) =>
  api.post<JobStarted>(`/api/files/${id}/takedown`, { reason });

import { queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type { ContinueList, Progress, TitleProgress } from './types';

export const continueQuery = queryOptions({
  queryKey: ['continue'],
  queryFn: ({ signal }) => api.get<ContinueList>('/api/continue', undefined, signal),
  staleTime: 15_000,
});

export const progressQuery = (titleId: string) =>
  queryOptions({
    queryKey: ['progress', titleId],
    queryFn: ({ signal }) =>
      api.get<TitleProgress>(`/api/titles/${titleId}/progress`, undefined, signal),
    staleTime: 10_000,
  });

export const saveProgress = (
  fileId: string,
  at: { position: number; duration: number },
  keepalive = false,
) => api.put<Progress>(`/api/progress/${fileId}`, at, keepalive);

export const markWatched = (titleId: string, watched: boolean, episodeId: string | null = null) =>
  api.post<TitleProgress>(`/api/titles/${titleId}/watched`, { watched, episode_id: episodeId });

export const dropFromContinue = (titleId: string) =>
  api.delete<undefined>(`/api/continue/${titleId}`);

/** Address of a file's bytes; the session cookie is the credential. */
export const streamAddress = (fileId: string) => `/stream/${encodeURIComponent(fileId)}`;

/** Ask for an address that works without the cookie, in another program, until it expires. */
export const signFile = (fileId: string) => api.post<{ url: string }>('/sign', { file_id: fileId });

import { queryOptions } from '@tanstack/react-query';

import { api } from './client';

/** A rendition of a file that is made ahead of time. */
export interface PreparedRendition {
  /** `720p` */
  name: string;
  state: 'making' | 'ready';
  bytes: number;
  segments_done: number;
  segments: number;
}

export interface Prepared {
  files: { file_id: string; renditions: PreparedRendition[] }[];
}

const below = (titleId: string) => `/api/titles/${encodeURIComponent(titleId)}`;

export const preparedQuery = (titleId: string) =>
  queryOptions({
    queryKey: ['prepared', titleId],
    queryFn: ({ signal }) => api.get<Prepared>(`${below(titleId)}/prepared`, undefined, signal),
    staleTime: 10_000,
  });

/** Make renditions ahead of time; without heights, those that the machine is slow at. */
export const prepareTitle = (titleId: string, heights: number[] | null = null) =>
  api.post<{ id: string }>(`${below(titleId)}/prepare`, { heights });

export const dropPrepared = (titleId: string) =>
  api.delete<undefined>(`${below(titleId)}/prepared`);

import { queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type { CopyList, CopyPlaceList, JobStarted } from './types';

const below = (fileId: string) => `/api/files/${encodeURIComponent(fileId)}`;

/** Where a file is kept besides its main place. */
export const copiesQuery = (fileId: string) =>
  queryOptions({
    queryKey: ['copies', fileId],
    queryFn: ({ signal }) => api.get<CopyList>(`${below(fileId)}/copies`, undefined, signal),
    staleTime: 10_000,
  });

/** The places that copies can be made to. */
export const mirrorsQuery = queryOptions({
  queryKey: ['mirrors'],
  queryFn: ({ signal }) => api.get<CopyPlaceList>('/api/mirrors', undefined, signal),
  staleTime: 5 * 60_000,
});

export const mirrorFile = (fileId: string, place: string) =>
  api.post<JobStarted>(`${below(fileId)}/mirror`, { place });
export const dropCopy = (fileId: string, place: string) =>
  api.delete<JobStarted>(`${below(fileId)}/copies/${encodeURIComponent(place)}`);

/** Address of one archive with all of a season's files. */
export const packAddress = (titleId: string, season: number) =>
  `/api/titles/${encodeURIComponent(titleId)}/seasons/${season}/pack.zip`;

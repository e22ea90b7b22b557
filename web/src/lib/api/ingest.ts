import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type { Folder, FolderList, JobStarted, ProblemPage } from './types';

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => api.get<FolderList>('/api/library/folders', undefined, signal),
});

export const problemsQuery = infiniteQueryOptions({
  queryKey: ['problems'],
  queryFn: ({ pageParam, signal }) =>
    api.get<ProblemPage>('/api/scan/problems', { cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const addFolder = (path: string) => api.post<Folder>('/api/library/folders', { path });
export const removeFolder = (id: number) => api.delete<undefined>(`/api/library/folders/${id}`);
export const startScan = (folderIds?: number[]) =>
  api.post<JobStarted>('/api/scan', folderIds ? { folder_ids: folderIds } : {});

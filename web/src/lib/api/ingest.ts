import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type {
  Folder,
  FolderList,
  JobStarted,
  LeechOrder,
  OfferedList,
  ProblemPage,
  StorageList,
  TorrentFiles,
  UploadList,
} from './types';

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

export const storagesQuery = queryOptions({
  queryKey: ['storages'],
  queryFn: ({ signal }) => api.get<StorageList>('/api/storages', undefined, signal),
  staleTime: 5 * 60_000,
});

/** The uploads of this account that are not whole yet, or whose job goes on. */
export const uploadsQuery = queryOptions({
  queryKey: ['uploads'],
  queryFn: ({ signal }) => api.get<UploadList>('/api/uploads', undefined, signal),
});

export const addFolder = (path: string) => api.post<Folder>('/api/library/folders', { path });
export const removeFolder = (id: number) => api.delete<undefined>(`/api/library/folders/${id}`);
export const startScan = (folderIds?: number[]) =>
  api.post<JobStarted>('/api/scan', folderIds ? { folder_ids: folderIds } : {});

export const startLeech = (order: LeechOrder) => api.post<JobStarted>('/api/jobs/leech', order);
/** What a link offers to choose from; empty when there is no choice. */
export const listLinkFiles = (url: string) => api.post<OfferedList>('/api/links/files', { url });
/** Keep a torrent file on the server; the answer's link stands for it. */
export const readTorrent = (file: Blob) =>
  api.upload<TorrentFiles>(
    '/api/links/torrent',
    new Blob([file], { type: 'application/x-bittorrent' }),
  );
export const dropUpload = (id: string) =>
  api.delete<undefined>(`/api/uploads/${encodeURIComponent(id)}`);

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type {
  CandidateList,
  GenreList,
  MediaFile,
  Person,
  ReviewPage,
  SearchResult,
  Title,
  TitleEdit,
  TitleKind,
  TitlePage,
} from './types';

/** What a list of titles is narrowed and sorted by. */
export interface TitleFilter {
  sort?: string;
  genre?: string;
  year?: number;
  q?: string;
}

export const PAGE_SIZE = 120;
const SHELF: Record<TitleKind, string> = {
  movie: 'movies',
  show: 'shows',
  book: 'books',
  audio: 'audio',
};

export const titlesQuery = (kind: TitleKind, filter: TitleFilter) =>
  infiniteQueryOptions({
    queryKey: ['titles', kind, 'pages', filter],
    queryFn: ({ pageParam, signal }) =>
      api.get<TitlePage>(
        `/api/library/${SHELF[kind]}`,
        { ...filter, limit: PAGE_SIZE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 60_000,
  });

export const titleRowQuery = (kind: TitleKind, filter: TitleFilter, limit = 24) =>
  queryOptions({
    queryKey: ['titles', kind, 'row', filter, limit],
    queryFn: ({ signal }) =>
      api.get<TitlePage>(`/api/library/${SHELF[kind]}`, { ...filter, limit }, signal),
    staleTime: 60_000,
  });

export const genresQuery = (kind: TitleKind) =>
  queryOptions({
    queryKey: ['titles', kind, 'genres'],
    queryFn: ({ signal }) => api.get<GenreList>('/api/library/genres', { kind }, signal),
    staleTime: 5 * 60_000,
  });

export const titleQuery = (id: string) =>
  queryOptions({
    queryKey: ['title', id],
    queryFn: ({ signal }) =>
      api.get<Title>(`/api/titles/${encodeURIComponent(id)}`, undefined, signal),
    staleTime: 30_000,
  });

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) =>
      api.get<Person>(`/api/people/${encodeURIComponent(id)}`, undefined, signal),
    staleTime: 5 * 60_000,
  });

export const searchQuery = (q: string, limit = 60) =>
  queryOptions({
    queryKey: ['search', q, limit],
    queryFn: ({ signal }) => api.get<SearchResult>('/api/search', { q, limit }, signal),
    enabled: q.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const candidatesQuery = (id: string, q: string, year: string) =>
  queryOptions({
    queryKey: ['candidates', id, q, year],
    queryFn: ({ signal }) =>
      api.get<CandidateList>(`/api/titles/${id}/candidates`, { q, year }, signal),
    retry: false,
    staleTime: 60_000,
  });

export const reviewQuery = infiniteQueryOptions({
  queryKey: ['review'],
  queryFn: ({ pageParam, signal }) =>
    api.get<ReviewPage>('/api/review', { cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ['file', id],
    queryFn: ({ signal }) =>
      api.get<MediaFile>(`/api/files/${encodeURIComponent(id)}`, undefined, signal),
    retry: false,
    staleTime: 60_000,
  });

export const editTitle = (id: string, edit: TitleEdit) =>
  api.patch<Title>(`/api/titles/${id}`, edit);
export const removeTitle = (id: string) => api.delete<undefined>(`/api/titles/${id}`);
export const restoreTitle = (id: string) => api.post<undefined>(`/api/titles/${id}/restore`);
export const refreshTitle = (id: string) => api.post<{ id: string }>(`/api/titles/${id}/refresh`);
export const chooseMatch = (id: string, match: { provider: string; id: string }) =>
  api.put<Title>(`/api/titles/${id}/match`, match);
export const acceptReview = (id: string) =>
  api.post<undefined>(`/api/review/${id}`, { decision: 'accept' });
export const removeFile = (id: string) => api.delete<undefined>(`/api/files/${id}`);
export const restoreFile = (id: string) => api.post<undefined>(`/api/files/${id}/restore`);

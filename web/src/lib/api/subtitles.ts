import { queryOptions } from '@tanstack/react-query';

import { api, ApiError } from './client';
import type { SubtitleChoice } from './playback';

/** A font that the file carries for its styled subtitles. */
export interface AttachedFont {
  name: string;
  url: string;
}

/** A subtitle that a provider knows. */
export interface FoundSubtitle {
  provider: string;
  id: string;
  name: string;
  language: string | null;
  forced: boolean;
  sdh: boolean;
  /** Made for this very file. */
  exact: boolean;
  /** Translated by a program. */
  machine: boolean;
  downloads: number | null;
}

/** What the server takes as subtitles, in bytes. */
export const MOST_BYTES = 10 * 2 ** 20;
export const SUBTITLE_FILES = '.srt,.vtt,.ass,.ssa,.sub,.sup,.smi,.ttml';

const below = (fileId: string) => `/api/files/${encodeURIComponent(fileId)}/subtitles`;

/** Address of a text track as WebVTT, whatever its own format. */
export const vttAddress = (fileId: string, id: string) =>
  `${below(fileId)}/${encodeURIComponent(id.replace(/^e/, ''))}.vtt`;

export const subtitlesQuery = (fileId: string) =>
  queryOptions({
    queryKey: ['subtitles', fileId],
    queryFn: ({ signal }) => api.get<SubtitleChoice[]>(below(fileId), undefined, signal),
    staleTime: 30_000,
  });

/** The text of a subtitle file; the browser's own cache keeps it. */
async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal, credentials: 'same-origin' });
  if (!response.ok) throw new ApiError(response.status, `http.${response.status}`, 'Not readable.');
  return response.text();
}

export const subtitleTextQuery = (url: string) =>
  queryOptions({
    queryKey: ['subtitle-text', url],
    queryFn: ({ signal }) => fetchText(url, signal),
    staleTime: Infinity,
    gcTime: 60_000,
    retry: 2,
  });

export const fontsQuery = (fileId: string) =>
  queryOptions({
    queryKey: ['fonts', fileId],
    queryFn: ({ signal }) =>
      api.get<AttachedFont[]>(`/api/files/${encodeURIComponent(fileId)}/fonts`, undefined, signal),
    staleTime: Infinity,
  });

export const findSubtitlesQuery = (fileId: string, language: string) =>
  queryOptions({
    queryKey: ['subtitles', fileId, 'search', language],
    queryFn: ({ signal }) =>
      api.get<FoundSubtitle[]>(`${below(fileId)}/search`, { language }, signal),
    retry: false,
    staleTime: 5 * 60_000,
  });

export const fetchSubtitle = (fileId: string, found: { provider: string; id: string }) =>
  api.post<SubtitleChoice>(`${below(fileId)}/fetch`, { provider: found.provider, id: found.id });

/** Give the server a subtitle file; its name says the language where it does (`film.de.srt`). */
export async function uploadSubtitle(fileId: string, picked: File): Promise<SubtitleChoice> {
  if (picked.size > MOST_BYTES) {
    throw new ApiError(413, 'client.too_large', 'Subtitle files may have 10 MiB at most.');
  }
  const form = new FormData();
  form.set('file', picked, picked.name);
  return api.upload<SubtitleChoice>(below(fileId), form);
}

export const deleteSubtitle = (fileId: string, id: string) =>
  api.delete<undefined>(`${below(fileId)}/${encodeURIComponent(id)}`);

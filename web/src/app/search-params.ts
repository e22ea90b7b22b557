/** What the address bar may hold; anything else is dropped. */

const text = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export interface ListSearch {
  sort?: string;
  genre?: string;
  year?: number;
}

const SORTS = new Set(['title', '-title', 'added', '-added', 'year', '-year', 'rating', '-rating']);

export function listSearch(search: Record<string, unknown>): ListSearch {
  const sort = text(search.sort);
  const year = Number(search.year);
  return {
    sort: sort && SORTS.has(sort) ? sort : undefined,
    genre: text(search.genre),
    year: Number.isInteger(year) && year > 1800 && year < 2300 ? year : undefined,
  };
}

export interface WatchSearch {
  /** The title that the file belongs to. */
  title?: string;
  /** 1: from the start, whatever was seen before. */
  start?: 1;
  /** Seconds to begin at. */
  at?: number;
}

export function watchSearch(search: Record<string, unknown>): WatchSearch {
  const at = Number(search.at);
  return {
    title: text(search.title),
    start: search.start === 1 ? 1 : undefined,
    at: at > 0 && Number.isFinite(at) ? at : undefined,
  };
}

export const linkSearch = (search: Record<string, unknown>): { token?: string } => ({
  token: text(search.token),
});

export const loginSearch = (search: Record<string, unknown>): { next?: string } => ({
  next: text(search.next),
});

export const querySearch = (search: Record<string, unknown>): { q?: string } => ({
  q: text(search.q),
});

export const titleSearch = (search: Record<string, unknown>): { season?: number } => ({
  season: typeof search.season === 'number' ? search.season : undefined,
});

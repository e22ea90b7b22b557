import type { Episode, MediaFile, Title } from '@/lib/api/types';

/** Something that plays after, with how it is called. */
export interface Upcoming {
  fileId: string;
  label: string;
  name: string;
  still: string | null;
}

interface Placed {
  season: number;
  episode: Episode;
}

function inOrder(title: Title): Placed[] {
  return [...title.season_list]
    .sort((one, other) => one.number - other.number)
    .flatMap((season) =>
      [...season.episodes]
        .sort((one, other) => one.number - other.number)
        .map((episode) => ({ season: season.number, episode })),
    );
}

/** The episode that a file holds; of several, the first. */
export const episodeOf = (title: Title, fileId: string): Placed | null =>
  inOrder(title).find(({ episode }) => episode.file_ids.includes(fileId)) ?? null;

const isHere = (title: Title, fileId: string) =>
  title.files.some((file) => file.id === fileId && file.state === 'present');

function nextEpisode(title: Title, fileId: string): Upcoming | null {
  const all = inOrder(title);
  const last = all.findLastIndex(({ episode }) => episode.file_ids.includes(fileId));
  const current = all[last];
  if (!current) return null;
  for (const { season, episode } of all.slice(last + 1)) {
    // Specials run among themselves: after the last one comes no first season.
    if (current.season === 0 && season !== 0) return null;
    const file = episode.file_ids.find((id) => isHere(title, id));
    if (file) {
      return {
        fileId: file,
        label: `S${season} E${episode.number}`,
        name: episode.title ?? `Episode ${episode.number}`,
        still: episode.still?.url ?? null,
      };
    }
  }
  return null;
}

function nextPart(title: Title, file: MediaFile): Upcoming | null {
  if (!file.part) return null;
  const later = title.files
    .filter((one) => one.role === 'main' && one.state === 'present')
    .filter((one) => one.part && one.part > (file.part ?? '') && one.edition === file.edition)
    .sort((one, other) => (one.part ?? '').localeCompare(other.part ?? ''))[0];
  return later
    ? { fileId: later.id, label: 'Next part', name: `${title.title}, ${later.part}`, still: null }
    : null;
}

/** What plays after a file: the next episode here, or a film's next part. */
export function upcoming(title: Title, fileId: string): Upcoming | null {
  const file = title.files.find((one) => one.id === fileId);
  if (!file || file.role !== 'main') return null;
  return title.kind === 'show' ? nextEpisode(title, fileId) : nextPart(title, file);
}

/** Other files of the same film or episode. */
export function otherVersions(title: Title, fileId: string): MediaFile[] {
  const file = title.files.find((one) => one.id === fileId);
  if (!file || file.role !== 'main') return [];
  const placed = episodeOf(title, fileId);
  return title.files.filter(
    (one) =>
      one.id !== fileId &&
      one.state === 'present' &&
      one.role === 'main' &&
      (placed ? placed.episode.file_ids.includes(one.id) : one.part === file.part),
  );
}

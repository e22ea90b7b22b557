import type { Episode, Title } from '@/lib/api/types';

interface Placed {
  season: number;
  episode: Episode;
}

function all(title: Title): Placed[] {
  return title.season_list.flatMap((season) =>
    season.episodes.map((episode) => ({ season: season.number, episode })),
  );
}

export const findEpisode = (title: Title, episodeId: string): Placed | null =>
  all(title).find(({ episode }) => episode.id === episodeId) ?? null;

export const episodeWith = (title: Title, fileId: string): Placed | null =>
  all(title).find(({ episode }) => episode.file_ids.includes(fileId)) ?? null;

export const seasonName = (number: number, title: string | null) =>
  title ?? (number === 0 ? 'Specials' : `Season ${number}`);

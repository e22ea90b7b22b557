import type { MediaFile, Progress, TitleProgress } from './api/types';

/** Less than this, in seconds, is not worth resuming. */
const BARELY_BEGUN = 10;
/** Beyond this share there are only credits left. */
const NEARLY_OVER = 0.97;

interface Wish {
  /** From the start, whatever was seen before. */
  start?: 1;
  /** Seconds asked for in the address. */
  at?: number;
}

/** The progress that belongs to a file: of its episode, or of its film. */
export function progressOf(
  progress: TitleProgress | undefined,
  file: Pick<MediaFile, 'id' | 'role'>,
  episodeId: string | null,
): Progress | undefined {
  if (file.role !== 'main') return undefined;
  return (
    progress?.items.find((item) => item.episode_id === episodeId && episodeId !== null) ??
    progress?.items.find((item) => item.file_id === file.id) ??
    progress?.items.find((item) => item.episode_id === null && episodeId === null)
  );
}

/** True when there is something to resume: neither hardly begun, nor over but for the credits. */
export const isBegun = (progress: Progress | undefined): progress is Progress =>
  progress !== undefined &&
  !progress.watched &&
  progress.position >= BARELY_BEGUN &&
  progress.position <= progress.duration * NEARLY_OVER;

/** Seconds at which playback begins. */
export function startPosition(progress: Progress | undefined, wish: Wish = {}): number {
  if (wish.at !== undefined) return wish.at;
  return wish.start || !isBegun(progress) ? 0 : progress.position;
}

import type { SubtitleChoice } from '@/lib/api/playback';

export type Way = 'text' | 'ass' | 'pgs';

/** How a track is drawn here; null when only the server can, into the picture. */
export function drawnAs(
  track: Pick<SubtitleChoice, 'format' | 'text' | 'url'>,
  plain: boolean,
): Way | null {
  if (track.url === null) return null;
  if (track.format === 'ass') return plain ? 'text' : 'ass';
  if (track.text) return 'text';
  return track.format === 'pgs' ? 'pgs' : null;
}

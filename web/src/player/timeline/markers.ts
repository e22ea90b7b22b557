/** Stretches that can be skipped, and what comes at the end. Pure, on the player's clock in seconds. */
import type { Marker } from '@/lib/api/playback';

const LABELS = new Map([
  ['intro', 'Skip intro'],
  ['recap', 'Skip recap'],
  ['credits', 'Skip credits'],
  ['preview', 'Skip preview'],
  ['commercial', 'Skip advert'],
]);

/** Nothing is offered for the last second of a stretch, in seconds. */
const LAST = 1;
/** Credits that end this close to the end, in seconds, are followed by nothing. */
const TAIL = 20;
/** Seconds before the end at which the next episode is offered when no credits are known. */
const OFFER = 25;
/** A clip shorter than this, in seconds, is not talked into. */
const SHORT = 120;

export const skipLabel = (marker: Marker) => LABELS.get(marker.kind) ?? 'Skip';

/** The stretch at `time` that can be skipped; of several, the one that reaches furthest. */
export function markerAt(markers: readonly Marker[], time: number): Marker | null {
  return markers
    .filter(({ kind, start, end }) => LABELS.has(kind) && start <= time && time < end - LAST)
    .reduce<Marker | null>((best, one) => (best && best.end >= one.end ? best : one), null);
}

/** The credits after which nothing comes, or null. */
export function finalCredits(markers: readonly Marker[], duration: number): Marker | null {
  return (
    markers.find(
      ({ kind, start, end }) =>
        kind === 'credits' && end >= duration - TAIL && start >= duration / 2 && start < duration,
    ) ?? null
  );
}

/** `credits` and `closing` are before the end: with and without certainty that the story is over. */
export type Stage = 'playing' | 'credits' | 'closing' | 'ended';

interface Moment {
  time: number;
  duration: number;
  ended: boolean;
}

export function stageAt({ time, duration, ended }: Moment, markers: readonly Marker[]): Stage {
  if (ended) return 'ended';
  if (!(duration > SHORT)) return 'playing';
  const credits = finalCredits(markers, duration);
  if (credits) return time >= credits.start ? 'credits' : 'playing';
  return duration - time < OFFER ? 'closing' : 'playing';
}

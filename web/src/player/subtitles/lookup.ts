/** Finding what is shown when, in cues ordered by their start. */

interface Span {
  start: number;
  end: number;
}

/** How many spans have begun at `time`. */
export function begunBy(spans: readonly Span[], time: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The length of the longest span: how far back one that is still shown can have begun. */
export const longestOf = (spans: readonly Span[]) =>
  spans.reduce((most, span) => Math.max(most, span.end - span.start), 0);

/** The spans shown at `time`. `longest` bounds the search (see `longestOf`). */
export function shownAt<T extends Span>(spans: readonly T[], time: number, longest: number): T[] {
  const shown: T[] = [];
  for (let index = begunBy(spans, time) - 1; index >= 0; index -= 1) {
    const span = spans[index];
    if (!span || span.start < time - longest) break;
    if (span.end > time) shown.push(span);
  }
  return shown.reverse();
}

/** The next moment after `time` at which something appears or goes; Infinity when nothing does. */
export function nextChange(spans: readonly Span[], shown: readonly Span[], time: number): number {
  const begins = spans[begunBy(spans, time)]?.start ?? Infinity;
  return shown.reduce((soonest, span) => Math.min(soonest, span.end), begins);
}

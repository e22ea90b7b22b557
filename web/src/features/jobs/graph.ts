/** A line and the area below it, out of samples of speed. */
import type { Sample } from '@/lib/job-samples';

export const WIDTH = 600;
export const HEIGHT = 144;
/** The highest value is drawn a little below the upper edge. */
const HEADROOM = 1.15;

export interface Graph {
  line: string;
  area: string;
  /** The speed at the upper edge. */
  top: number;
}

/** Return the paths, or null while there are too few samples to draw. */
export function drawn(samples: readonly Sample[]): Graph | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at) return null;
  const top = Math.max(1, ...samples.map((one) => one.speed)) * HEADROOM;
  const points = samples.map((one) => {
    const x = ((one.at - first.at) / (last.at - first.at)) * WIDTH;
    const y = HEIGHT - (one.speed / top) * HEIGHT;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M ${points.join(' L ')}`;
  return { line, area: `${line} L ${WIDTH} ${HEIGHT} L 0 ${HEIGHT} Z`, top };
}

/** The figures of a graph: the last speed, the highest, the mean over time, and the seconds shown. */
export function summary(samples: readonly Sample[]) {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return { now: 0, most: 0, mean: 0, seconds: 0 };
  const seconds = (last.at - first.at) / 1000;
  const moved = samples.slice(1).reduce((sum, one, index) => {
    const before = samples[index] ?? one;
    return sum + ((one.at - before.at) / 1000) * ((one.speed + before.speed) / 2);
  }, 0);
  return {
    now: last.speed,
    most: Math.max(...samples.map((one) => one.speed)),
    mean: seconds > 0 ? moved / seconds : last.speed,
    seconds,
  };
}

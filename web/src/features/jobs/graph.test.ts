import { expect, test } from 'vitest';

import { MOST_SAMPLES, withSample, type Sample } from '@/lib/job-samples';

import { drawn, HEIGHT, summary, WIDTH } from './graph';

const steady = (count: number): readonly Sample[] =>
  Array.from({ length: count }).reduce<readonly Sample[]>(
    (list, _, index) => withSample(list, { at: index * 1000, speed: 100 }),
    [],
  );

test('a list of samples never grows beyond its bound, and still spans the whole time', () => {
  const list = steady(2000);
  expect(list.length).toBeLessThanOrEqual(MOST_SAMPLES);
  expect(list.at(-1)?.at).toBe(1_999_000);
  expect(list[0]?.at).toBeLessThan(20_000);
});

test('samples that come too close upon each other are left out', () => {
  const list = withSample(steady(3), { at: 2100, speed: 5 });
  expect(list).toHaveLength(3);
});

test('the graph spans its width, and the mean is over time and not over samples', () => {
  const samples = [
    { at: 0, speed: 100 },
    { at: 9000, speed: 100 },
    { at: 10_000, speed: 0 },
  ];
  const graph = drawn(samples);
  expect(graph?.line.startsWith('M 0.0 ')).toBe(true);
  expect(graph?.line.endsWith(`L ${WIDTH}.0 ${HEIGHT}.0`)).toBe(true);
  expect(summary(samples)).toEqual({ now: 0, most: 100, mean: 95, seconds: 10 });
});

test('one sample makes no graph', () => {
  expect(drawn([])).toBeNull();
  expect(drawn([{ at: 5, speed: 5 }])).toBeNull();
});

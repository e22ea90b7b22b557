import { expect, test } from 'vitest';

import type { Job } from '@/lib/api/jobs';
import type { Prepared, PreparedRendition } from '@/lib/api/prepared';

import { preparedNote, shareOf } from './prepare-words';

const rendition = (rest: Partial<PreparedRendition>): PreparedRendition => ({
  name: '720p',
  state: 'ready',
  bytes: 700_000_000,
  segments_done: 10,
  segments: 10,
  ...rest,
});

const prepared = (...files: PreparedRendition[][]): Prepared => ({
  files: files.map((renditions, index) => ({ file_id: `f${index}`, renditions })),
});

test('what is ready is told once, with its size', () => {
  expect(preparedNote(prepared([rendition({}), rendition({ name: '480p' })]))).toBe(
    '720p, 480p ready · 1.4 GB',
  );
  expect(preparedNote(prepared([rendition({}), rendition({ name: 'sound 1', bytes: 0 })]))).toBe(
    '720p ready · 700 MB',
  );
  expect(preparedNote(prepared([rendition({})], [rendition({})]))).toBe(
    '720p ready · 2 files · 1.4 GB',
  );
});

test('what is still being made is not promised', () => {
  expect(preparedNote(prepared([rendition({ state: 'making' })]))).toBe('');
  expect(preparedNote(prepared())).toBe('');
  expect(preparedNote(undefined)).toBe('');
});

test('the job’s own count comes first, then the segments that are there', () => {
  const job = { items_done: 3, items_total: 12 } as Job;
  const half = prepared([rendition({ state: 'making', segments_done: 5 })]);
  expect(shareOf(job, half)).toBe(0.25);
  expect(shareOf({ items_total: null } as Job, half)).toBe(0.5);
  expect(shareOf(null, half)).toBe(0.5);
  expect(shareOf(null, prepared())).toBeNull();
});

import { expect, test } from 'vitest';

import { shareDone, withJob, type Job } from './jobs';

const job = (fields: Partial<Job>): Job => ({
  id: 'a',
  kind: 'scan',
  state: 'running',
  phase: null,
  engine: null,
  bytes_done: null,
  bytes_total: null,
  items_done: null,
  items_total: null,
  speed: null,
  eta: null,
  error: null,
  error_code: null,
  title_id: null,
  message: null,
  result: null,
  created_at: '',
  updated_at: '',
  finished_at: null,
  ...fields,
});

test('the share done prefers items, then bytes, and may be unknown', () => {
  expect(shareDone(job({ items_done: 5, items_total: 10, bytes_done: 1, bytes_total: 100 }))).toBe(
    0.5,
  );
  expect(shareDone(job({ bytes_done: 25, bytes_total: 100 }))).toBe(0.25);
  expect(shareDone(job({ items_done: 5, items_total: 0 }))).toBeNull();
  expect(shareDone(job({ items_done: 12, items_total: 10 }))).toBe(1);
});

test('an event replaces the job it is about, and puts a new one in front', () => {
  const page = { items: [job({ id: 'a' }), job({ id: 'b' })], next_cursor: null, total: 2 };
  expect(withJob(page, job({ id: 'b', state: 'done' }))?.items.map((one) => one.state)).toEqual([
    'running',
    'done',
  ]);
  const grown = withJob(page, job({ id: 'c' }));
  expect(grown?.items.map((one) => one.id)).toEqual(['c', 'a', 'b']);
  expect(grown?.total).toBe(3);
  expect(withJob(undefined, job({}))).toBeUndefined();
});

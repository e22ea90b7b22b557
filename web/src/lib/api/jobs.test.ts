import { expect, test } from 'vitest';

import { jobName, jobNote } from '../job-words';
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
  priority: 0,
  source: '',
  worker: null,
  details: null,
  wanted: null,
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

test('a running job tells how far it is, a finished one what came of it', () => {
  const running = job({ message: 'Reading', items_done: 1204, items_total: 1932, eta: 70 });
  expect(jobNote(running)).toBe('Reading · 1,204 of 1,932 · about 1 min');
  const done = job({
    state: 'done',
    result: {
      added: 3,
      moved: 0,
      unchanged: 1928,
      failed: [{ path: 'a', error: 'b' }],
      seconds: 22,
    },
  });
  expect(jobNote(done)).toBe('3 added · 1,928 unchanged · 1 unreadable · in 22 s');
  expect(jobNote(job({ state: 'done', items_done: 1 }))).toBe('1 item');
  expect(jobNote(job({ state: 'failed', message: 'x' }))).toBe('');
});

test('a kind of job without a name of its own is still readable', () => {
  expect(jobName(job({ kind: 'scan' }))).toBe('Library scan');
  expect(jobName(job({ kind: 'fetch_subtitles' }))).toBe('Fetch subtitles');
});

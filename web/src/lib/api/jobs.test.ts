import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { makeJob as job } from '@/test-jobs';

import { jobName, jobNote } from '../job-words';
import { jobQuery, jobsQuery, rememberJob, shareDone, withJob, withJobIn } from './jobs';

test('the share done prefers items, then bytes, and may be unknown', () => {
  expect(shareDone(job({ items_done: 5, items_total: 10, bytes_done: 1, bytes_total: 100 }))).toBe(
    0.5,
  );
  expect(shareDone(job({ bytes_done: 25, bytes_total: 100 }))).toBe(0.25);
  expect(shareDone(job({ items_done: 5, items_total: 0 }))).toBeNull();
  expect(shareDone(job({ items_done: 12, items_total: 10 }))).toBe(1);
});

test('of a download the bytes tell how far it is, not the count of its files', () => {
  const counts = { items_done: 0, items_total: 1, bytes_done: 60, bytes_total: 100 };
  expect(shareDone(job({ kind: 'leech', ...counts }))).toBe(0.6);
});

test('a job that changes its state leaves one group and enters the other', () => {
  const pages = (items: ReturnType<typeof job>[]) => ({
    pages: [{ items, next_cursor: null, total: items.length }],
    pageParams: [null],
  });
  const waiting = job({ id: 'b', state: 'queued' });
  const begun = { ...waiting, state: 'running' as const };
  const left = withJobIn('waiting', pages([job({ id: 'a', state: 'queued' }), waiting]), begun);
  expect(left?.pages[0]?.items.map((one) => one.id)).toEqual(['a']);
  expect(left?.pages[0]?.total).toBe(1);
  const entered = withJobIn('running', pages([job({ id: 'c' })]), begun);
  expect(entered?.pages[0]?.items.map((one) => one.id)).toEqual(['b', 'c']);
  expect(entered?.pages[0]?.total).toBe(2);
  const elsewhere = pages([job({ id: 'c', state: 'failed' })]);
  expect(withJobIn('failed', elsewhere, begun)).toBe(elsewhere);
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

test('an answer that comes later than the event after it changes nothing', () => {
  const client = new QueryClient();
  const asked = job({ wanted: 'paused', updated_at: '2026-01-01T10:00:01Z' });
  const paused = job({ state: 'paused', updated_at: '2026-01-01T10:00:01.500Z' });
  client.setQueryData(jobQuery('a').queryKey, job({}));
  client.setQueryData(jobsQuery.queryKey, { items: [job({})], next_cursor: null, total: 1 });
  rememberJob(client, paused);
  rememberJob(client, asked);
  expect(client.getQueryData(jobQuery('a').queryKey)?.state).toBe('paused');
  expect(client.getQueryData(jobsQuery.queryKey)?.items[0]?.state).toBe('paused');
});

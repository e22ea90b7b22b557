import { expect, test } from 'vitest';

import { makeJob } from '@/test-jobs';

import { adviceFor } from './job-advice';
import {
  amountText,
  doingText,
  jobNote,
  jobSubject,
  paceText,
  speedText,
  stateWord,
} from './job-words';

test('speed is told in bytes where bytes are counted, and in items otherwise', () => {
  expect(speedText(makeJob({ bytes_total: 100 }), 3_200_000)).toBe('3.2 MB/s');
  expect(speedText(makeJob({ items_total: 100 }), 86.4)).toBe('86 a second');
  expect(speedText(makeJob(), 0.42)).toBe('0.4 a second');
});

test('a running torrent tells speed, time left and who is there', () => {
  const job = makeJob({
    kind: 'leech',
    bytes_done: 1_000_000_000,
    bytes_total: 4_000_000_000,
    speed: 10_000_000,
    eta: 300,
    details: { peers: 12, seeds: 1, connections: 12 },
  });
  expect(paceText(job)).toBe('10 MB/s · about 5 min left · 12 peers, 1 seed');
  expect(amountText(job)).toBe('1.0 GB of 4.0 GB');
});

test('an engine that the message names is not named again', () => {
  const job = makeJob({ message: 'Downloading with aria2.', engine: 'aria2' });
  expect(doingText(job)).toBe('Downloading with aria2');
  expect(doingText(makeJob({ phase: 'downloading', engine: 'ytdlp' }))).toBe(
    'downloading · yt-dlp',
  );
  expect(doingText(makeJob())).toBe('');
});

test('what was said while fetching is not repeated in the steps after it', () => {
  const told = { kind: 'leech', message: 'Downloading with aria2.', engine: 'aria2' };
  expect(doingText(makeJob({ ...told, phase: 'hashing' }))).toBe('hashing');
  expect(doingText(makeJob({ ...told, phase: 'downloading' }))).toBe('Downloading with aria2');
});

test('a job that stands still has no pace', () => {
  expect(paceText(makeJob({ state: 'paused', speed: 10, eta: 3 }))).toBe('');
  expect(paceText(makeJob({ speed: 0, eta: null }))).toBe('');
});

test('a job is called by its title, else by what was asked for, else by whom it burdens', () => {
  const job = makeJob({ kind: 'leech', source: 'example.org' });
  expect(jobSubject(job)).toBe('Download from example.org');
  expect(jobSubject(job, 'Heat')).toBe('Heat');
  expect(jobSubject({ ...job, about: 'film.mkv' })).toBe('film.mkv');
  const titles = [
    { id: 'a', title: 'Heat (1995)' },
    { id: 'b', title: 'Ran' },
  ];
  expect(jobSubject({ ...job, result: { titles } }, 'x')).toBe('Heat (1995) and 1 more title');
  expect(jobSubject(makeJob())).toBe('Library scan');
});

test('a job that was told to stop and has not yet says so', () => {
  expect(stateWord(makeJob({ wanted: 'paused' })).label).toBe('Pausing…');
  expect(stateWord(makeJob({ wanted: 'cancelled' })).label).toBe('Cancelling…');
  expect(stateWord(makeJob({ state: 'failed' })).label).toBe('Failed');
});

test('what an ordinary person adds is said to wait', () => {
  const job = makeJob({ kind: 'leech', state: 'done', result: { submission: 'Ab3dE9x' } });
  expect(jobNote(job)).toBe('Waits until an admin approves it');
});

test('an error that people can do something about comes with advice', () => {
  expect(adviceFor('ingest.archive_locked')).toContain('password');
  expect(adviceFor('nobody.knows')).toBe('');
  expect(adviceFor(null)).toBe('');
});

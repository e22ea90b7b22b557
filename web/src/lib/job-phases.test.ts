import { expect, test } from 'vitest';

import { makeJob } from '@/test-jobs';

import { stagesOf, timedPhases } from './job-phases';

const line = (seconds: number, text: string, level: 'info' | 'warning' = 'info') => ({
  at: new Date(Date.UTC(2026, 0, 1, 10, 0, seconds)).toISOString(),
  level,
  text,
});

test('the track shows what is done, where the job is, and what is to come', () => {
  const job = makeJob({ kind: 'leech', phase: 'hashing' });
  const states = (of = job) => stagesOf(of).map((stage) => stage.state);
  expect(states()).toEqual(['done', 'done', 'here', 'ahead', 'ahead', 'ahead']);
  expect(states({ ...job, state: 'failed' })[2]).toBe('failed');
  expect(states({ ...job, state: 'done' })).toEqual(Array(6).fill('done'));
  expect(states({ ...job, phase: null })).toEqual(Array(6).fill('ahead'));
});

test('work without stages has no track', () => {
  expect(stagesOf(makeJob({ kind: 'scan', phase: 'walking' }))).toEqual([]);
});

test('phases take from one entry in the log to the next', () => {
  const job = makeJob({ kind: 'leech', phase: 'unpacking' });
  const lines = [
    line(0, 'downloading'),
    line(2, 'Downloading with aria2.'),
    line(5, 'storing', 'warning'),
    line(10, 'unpacking'),
  ];
  expect(timedPhases(job, lines)).toEqual([
    { name: 'downloading', seconds: 10, since: null },
    { name: 'unpacking', seconds: 0, since: lines[3]?.at },
  ]);
});

test('the time between a pause and going on counts for no phase', () => {
  const job = makeJob({ kind: 'leech', state: 'done', finished_at: line(1030, '').at });
  const lines = [
    line(0, 'downloading'),
    line(10, 'unpacking'),
    line(15, 'Unpacking “a.zip”.'),
    line(1000, 'downloading'),
    line(1000, 'unpacking'),
    line(1020, 'storing'),
  ];
  expect(timedPhases(job, lines)).toEqual([
    { name: 'downloading', seconds: 10, since: null },
    { name: 'unpacking', seconds: 25, since: null },
    { name: 'storing', seconds: 10, since: null },
  ]);
});

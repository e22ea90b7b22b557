import { expect, test } from 'vitest';

import { makeJob } from '@/test-jobs';

import { inStartOrder } from './job-order';
import { signOfLife } from './sign-of-life';

test('waiting jobs stand as they will start: by priority, then age, and paused ones last', () => {
  const job = (id: string, priority: number, minute: number, state: 'queued' | 'paused') =>
    makeJob({ id, priority, state, created_at: `2026-01-01T10:0${minute}:00Z` });
  const jobs = [
    job('paused', 50, 0, 'paused'),
    job('young', 0, 5, 'queued'),
    job('old', 0, 1, 'queued'),
    job('urgent', 20, 9, 'queued'),
  ];
  expect(inStartOrder(jobs).map((one) => one.id)).toEqual(['urgent', 'old', 'young', 'paused']);
});

test('a worker that has not been heard of for a while is doubted', () => {
  const now = Date.UTC(2026, 0, 1, 10, 2);
  expect(signOfLife('2026-01-01T10:01:55Z', now)).toEqual({ text: 'Alive', silent: false });
  expect(signOfLife('2026-01-01T10:00:00Z', now).text).toBe('Silent for about 2 min');
});

import { expect, test } from 'vitest';

import { ApiError } from '@/lib/api/client';

import { makeRecovery } from './engine/recovery';
import { failureOf, refusalOf, type Refusal } from './failure';

const refusal = (fields: Partial<Refusal>): Refusal => ({
  status: 500,
  code: '',
  detail: '',
  retryAfter: null,
  ...fields,
});

test.each([
  [{ status: 0 }, 'network'],
  [{ status: 401 }, 'token'],
  [{ status: 403, code: 'hls.token_expired' }, 'token'],
  [{ status: 403, code: 'hls.access_ended' }, 'token'],
  [{ status: 404 }, 'missing'],
  [{ status: 404, code: 'hls.file_changed' }, 'changed'],
  [{ status: 503, code: 'hls.busy' }, 'busy'],
  [{ status: 503, code: 'hls.indexing' }, 'busy'],
  [{ status: 503, code: 'hls.encoding_failed' }, 'server'],
  [{ status: 503, code: 'hls.cache_full' }, 'server'],
  [{ status: 422, code: 'streaming.nothing_playable' }, 'server'],
  [{ status: 500 }, 'server'],
])('the refusal %j is shown as %s', (fields, kind) => {
  expect(failureOf(refusal(fields)).kind).toBe(kind);
});

test('a busy server is tried again when it says, or after a while', () => {
  expect(failureOf(refusal({ status: 503, retryAfter: 4 })).retryIn).toBe(4);
  expect(failureOf(refusal({ status: 503 })).retryIn).toBe(10);
});

test('what the server says is shown', () => {
  const told = new ApiError(422, 'hls.not_indexed', 'There is no moving picture.', null);
  expect(failureOf(refusalOf(told)).detail).toBe('There is no moving picture.');
  expect(failureOf(refusalOf(new TypeError('failed'))).kind).toBe('network');
});

test('a trouble is mended twice, then given up, and forgotten after a while', () => {
  let now = 0;
  const recovery = makeRecovery(() => now);
  expect(['media', 'media', 'media'].map(() => recovery('media'))).toEqual([
    'recover',
    'swap',
    'give up',
  ]);
  expect(['stall', 'stall', 'stall'].map(() => recovery('stall'))).toEqual([
    'recover',
    'recover',
    'give up',
  ]);
  expect(recovery('network')).toBe('load');
  now = 60_000;
  expect(recovery('media')).toBe('recover');
  expect(['', '', ''].map(() => recovery('network'))).toEqual(['load', 'load', 'give up']);
});

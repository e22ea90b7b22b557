import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { PlaybackAnswer } from '@/lib/api/playback';

import { audioIndex, qualityName } from './names';
import { swapToken, TokenKeeper } from './tokens';

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

const answer = (token: string, minutes: number) =>
  ({
    url: `/hls/Ab3dE9x/${token}/master.m3u8`,
    expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
  }) as PlaybackAnswer;

const SEGMENT = 'http://host/hls/Ab3dE9x/old/v720/3.m4s';

test('a token is swapped in the addresses of its file alone', () => {
  expect(swapToken(SEGMENT, 'Ab3dE9x', 'new')).toBe('http://host/hls/Ab3dE9x/new/v720/3.m4s');
  expect(swapToken(SEGMENT, 'another', 'new')).toBe(SEGMENT);
  expect(swapToken('/stream/Ab3dE9x?md5=old', 'Ab3dE9x', 'new')).toBe('/stream/Ab3dE9x?md5=old');
  expect(swapToken('/hls/Ab3dE9x/a$b', 'Ab3dE9x', '$&')).toBe('/hls/Ab3dE9x/$&');
});

test('it is renewed before it expires, and later addresses have the new one', async () => {
  const ask = vi.fn(() => Promise.resolve(answer('second', 15)));
  const keeper = new TokenKeeper(ask);
  keeper.take(answer('first', 15));
  expect(keeper.apply(SEGMENT)).toContain('/first/');
  await vi.advanceTimersByTimeAsync(11 * 60_000);
  expect(ask).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(keeper.apply(SEGMENT)).toContain('/second/');
  await vi.advanceTimersByTimeAsync(15 * 60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

test('a renewal that fails is tried again, and the old token stays meanwhile', async () => {
  const ask = vi
    .fn<() => Promise<PlaybackAnswer>>()
    .mockRejectedValueOnce(new Error('no network'))
    .mockRejectedValueOnce(new Error('no network'))
    .mockImplementation(() => Promise.resolve(answer('second', 15)));
  const keeper = new TokenKeeper(ask);
  keeper.take(answer('first', 15));
  await vi.advanceTimersByTimeAsync(11.25 * 60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(keeper.apply(SEGMENT)).toContain('/first/');
  await vi.advanceTimersByTimeAsync(2_000 + 4_000);
  expect(ask).toHaveBeenCalledTimes(3);
  expect(keeper.apply(SEGMENT)).toContain('/second/');
});

test('after a sleep of the machine a request waits for a new token', async () => {
  const keeper = new TokenKeeper(() => Promise.resolve(answer('second', 15)));
  keeper.take(answer('first', 15));
  vi.setSystemTime(3_600_000);
  await keeper.fresh();
  expect(keeper.apply(SEGMENT)).toContain('/second/');
});

test('many requests at once ask for one new token', async () => {
  const ask = vi.fn(() => Promise.resolve(answer('second', 15)));
  const keeper = new TokenKeeper(ask);
  keeper.take(answer('first', 15));
  await Promise.all([keeper.renew(), keeper.renew()]);
  expect(ask).toHaveBeenCalledTimes(1);
});

test('a clock that is wrong does not make it ask all the time', async () => {
  const ask = vi.fn(() => Promise.resolve(answer('again', -60)));
  new TokenKeeper(ask).take(answer('first', -60));
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(ask).toHaveBeenCalledTimes(10);
});

test('an answer that comes after the end changes nothing', async () => {
  const keeper = new TokenKeeper(() => Promise.resolve(answer('second', 15)));
  keeper.take(answer('first', 15));
  const running = keeper.renew();
  keeper.stop();
  await running;
  expect(keeper.apply(SEGMENT)).toBe(SEGMENT);
  await vi.advanceTimersByTimeAsync(3_600_000);
});

test('renditions are told by their addresses', () => {
  expect(qualityName(SEGMENT.replace('3.m4s', 'index.m3u8'))).toBe('720p');
  expect(qualityName('/hls/a/b/vsource/index.m3u8')).toBe('source');
  expect(qualityName('/hls/a/b/vkeys/index.m3u8')).toBeNull();
  expect(audioIndex('/hls/a/b/a2/index.m3u8')).toBe(2);
  expect(audioIndex('/hls/a/b/a12source/index.m3u8?x')).toBe(12);
  expect(audioIndex('/hls/a/b/v720/index.m3u8')).toBeNull();
});

import { expect, test } from 'vitest';

import {
  ago,
  bitrate,
  bytes,
  channels,
  clock,
  episodeCode,
  language,
  plural,
  roughly,
  runtime,
  timeLeft,
} from './format';

test.each([
  [0, '0:00'],
  [65, '1:05'],
  [3725.9, '1:02:05'],
  [Number.NaN, '0:00'],
  [-3, '0:00'],
])('the clock shows %d seconds as %s', (seconds, text) => expect(clock(seconds)).toBe(text));

test.each([
  [59, '59 min'],
  [60, '1 h'],
  [134, '2 h 14 min'],
])('%d minutes read %s', (minutes, text) => expect(runtime(minutes)).toBe(text));

test('what is left of a film is never nothing', () => {
  expect(timeLeft(0, 3600)).toBe('1 h left');
  expect(timeLeft(3599, 3600)).toBe('1 min left');
});

test('times ahead are rounded for people', () => {
  expect(roughly(0.2)).toBe('1 s');
  expect(roughly(95)).toBe('about 2 min');
  expect(roughly(7200)).toBe('about 2 h');
});

test('sizes and rates are in decimal units', () => {
  expect([0, 999, 1500, 5_400_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.5 kB', '5.4 GB']);
  expect([384_000, 8_200_000, 42_000_000].map(bitrate)).toEqual([
    '384 kbit/s',
    '8.2 Mbit/s',
    '42 Mbit/s',
  ]);
});

test('an episode is named by what is known of it', () => {
  expect(episodeCode(2, 5)).toBe('S2 E5');
  expect(episodeCode(null, 5)).toBe('E5');
  expect(episodeCode(null, null)).toBe('');
});

test('languages and channels have names, and unknown ones are shown as they are', () => {
  expect(language('de')).toBe('German');
  expect(language('not a tag')).toBe('not a tag');
  expect(language(null)).toBe('Unknown');
  expect([1, 2, 6, 8, 4, null].map(channels)).toEqual(['Mono', 'Stereo', '5.1', '7.1', '4 ch', '']);
});

test('moments are told from now', () => {
  const now = Date.parse('2026-01-10T12:00:00Z');
  expect(ago('2026-01-10T11:59:40Z', now)).toBe('just now');
  expect(ago('2026-01-10T09:00:00Z', now)).toBe('3 hours ago');
  expect(ago('2026-01-09T11:00:00Z', now)).toBe('yesterday');
});

test('counts agree with their noun', () => {
  expect(plural(1, 'film')).toBe('1 film');
  expect(plural(12_345, 'film')).toBe('12,345 films');
  expect(plural(3, 'series', 'series')).toBe('3 series');
});

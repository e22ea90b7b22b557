// @vitest-environment happy-dom
import { expect, test } from 'vitest';

import type { MediaFile, MediaStream } from './api/types';
import { canDecode, codecName, resolutionOf, undecodable, versionName } from './codecs';
import { hueOf, imageAt, imageSet } from './images';
import { passwordStrength } from './password-strength';
import { forgetSearch, recentSearches, rememberSearch } from './recent-searches';
import { atLeast } from './roles';
import { safeNext } from './safe-next';

test.each(['/title/abc?season=2#x', '/', '/loginish'])('%s is a way on after signing in', (next) =>
  expect(safeNext(next)).toBe(next),
);

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/\n/evil.example',
  '/login?next=/',
  '/auth?token=x',
  '',
  7,
  undefined,
])('%j leads home instead', (next) => expect(safeNext(next)).toBe('/'));

test('pictures are asked for in the widths that the server makes', () => {
  expect(imageAt('/api/proxy/image/Ab3dE9x', 300)).toBe('/api/proxy/image/Ab3dE9x?width=320');
  expect(imageAt('/api/proxy/image/a?quality=saver', 5000)).toBe(
    '/api/proxy/image/a?quality=saver&width=1920',
  );
  expect(imageAt('blob:x', 300)).toBe('blob:x');
  expect(imageSet('/api/proxy/image/a', 160, 480)).toBe(
    '/api/proxy/image/a?width=160 160w, /api/proxy/image/a?width=320 320w, /api/proxy/image/a?width=480 480w',
  );
});

test('a name keeps its hue', () => {
  expect(hueOf('Alien')).toBe(hueOf('Alien'));
  expect(hueOf('')).toBeLessThan(360);
});

test('recent searches are the newest eight, once each', () => {
  localStorage.clear();
  for (const text of [
    'a',
    'Alien',
    'Heat',
    'alien ',
    ...'123456789'.split('').map((n) => `film ${n}`),
  ]) {
    rememberSearch(text);
  }
  expect(recentSearches()).toHaveLength(8);
  expect(recentSearches()[0]).toBe('film 9');
  expect(forgetSearch('film 9')[0]).toBe('film 8');
  rememberSearch('ALIEN');
  rememberSearch('alien');
  expect(recentSearches().filter((one) => one.toLowerCase() === 'alien')).toEqual(['alien']);
});

test('a damaged store of searches is an empty one', () => {
  localStorage.setItem('shadow.recent-searches', '{"no":');
  expect(recentSearches()).toEqual([]);
  localStorage.setItem('shadow.recent-searches', '[1,"kept"]');
  expect(recentSearches()).toEqual(['kept']);
});

test('roles are ordered', () => {
  expect(atLeast('admin', 'moderator')).toBe(true);
  expect(atLeast('guest', 'free')).toBe(false);
  expect(atLeast(undefined, 'banned')).toBe(false);
});

test('a password’s strength grows with its length, and common ones are weak', () => {
  expect(passwordStrength('short').score).toBe(0);
  expect(passwordStrength('password123').score).toBe(1);
  expect(passwordStrength('aaaaaaaaaaaa').score).toBe(1);
  expect(passwordStrength('korrekt pferd Batterie 9').score).toBe(4);
});

const stream = (fields: Partial<MediaStream>) => ({ default: true, ...fields }) as MediaStream;
const file = (fields: Partial<MediaFile>) => ({ streams: [], ...fields }) as MediaFile;
const onlyH264 = (type: string) => (/avc1|mp4a/.test(type) ? 'probably' : '');

test('the browser is asked about codecs, and unknown ones count as not decodable', () => {
  expect(canDecode('h264', onlyH264)).toBe(true);
  expect(canDecode('hevc', onlyH264)).toBe(false);
  expect(canDecode('somethingnew', onlyH264)).toBe(false);
  expect(canDecode(null, onlyH264)).toBe(true);
  const mixed = file({
    streams: [stream({ type: 'video', codec: 'h264' }), stream({ type: 'audio', codec: 'dts' })],
  });
  expect(undecodable(mixed, onlyH264).map((one) => codecName(one.codec))).toEqual(['DTS']);
});

test('a version is told apart by edition, lines, range and source', () => {
  const wide = stream({ type: 'video', width: 1920, height: 800 });
  expect(resolutionOf(file({ streams: [wide] }))).toBe('1080p');
  expect(
    versionName(
      file({
        edition: 'Final Cut',
        resolution: '2160p',
        source: 'BluRay',
        streams: [stream({ type: 'video', hdr: 'HDR10' })],
      }),
    ),
  ).toBe('Final Cut · 2160p · HDR10 · BluRay');
  expect(versionName(file({ container: 'avi' }))).toBe('AVI');
});

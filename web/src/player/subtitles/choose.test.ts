import { expect, test } from 'vitest';

import type { SubtitleChoice } from '@/lib/api/playback';

import { firstChoice, likelyTrack, readRemembered, type Remembered } from './choose';
import { drawnAs } from './drawn-as';

function track(id: string, rest: Partial<SubtitleChoice> = {}): SubtitleChoice {
  return {
    id,
    index: 1,
    language: 'eng',
    title: null,
    format: 'vtt',
    text: true,
    forced: false,
    sdh: false,
    default: false,
    url: `/s/${id}.vtt`,
    origin: 'embedded',
    ...rest,
  };
}

const wish = (rest: Partial<Remembered>): Remembered => ({
  language: null,
  sdh: false,
  forced: false,
  title: null,
  ...rest,
});

test('the language of the last choice is shown again, however it is spelt', () => {
  const tracks = [track('e1'), track('e2', { language: 'ger' }), track('e3', { language: 'fre' })];
  expect(firstChoice(tracks, 'eng', wish({ language: 'de' }))).toBe('e2');
  expect(firstChoice(tracks, 'eng', wish({ language: 'fr-CA' }))).toBe('e3');
});

test('of several in a language the one most like the last choice is taken', () => {
  const tracks = [
    track('e1', { forced: true }),
    track('e2', { sdh: true }),
    track('e3'),
    track('e4', { title: 'Signs', format: 'ass' }),
  ];
  expect(firstChoice(tracks, null, wish({ language: 'en' }))).toBe('e3');
  expect(firstChoice(tracks, null, wish({ language: 'en', sdh: true }))).toBe('e2');
  expect(firstChoice(tracks, null, wish({ language: 'en', title: 'Signs' }))).toBe('e4');
});

test('switched off stays off, but for the lines that the sound leaves foreign', () => {
  expect(firstChoice([track('e1', { default: true })], 'jpn', wish({}))).toBeNull();
  const tracks = [track('e1'), track('e2', { forced: true })];
  expect(firstChoice(tracks, 'en', wish({}))).toBe('e2');
  expect(firstChoice(tracks, 'jpn', wish({}))).toBeNull();
});

test('before any choice the file’s default counts, unless it repeats the sound', () => {
  const tracks = [track('e1', { default: true })];
  expect(firstChoice(tracks, 'jpn', null)).toBe('e1');
  expect(firstChoice(tracks, 'en', null)).toBeNull();
  expect(firstChoice([track('e1')], 'jpn', null)).toBeNull();
});

test('nothing that makes the server convert the picture is chosen unasked', () => {
  const tracks = [
    track('e1', { format: 'vobsub', text: false, url: null, default: true, forced: true }),
  ];
  expect(firstChoice(tracks, 'eng', null)).toBeNull();
  expect(firstChoice(tracks, 'eng', wish({ language: 'en' }))).toBeNull();
  expect(likelyTrack(tracks, null, ['en'])).toBeNull();
});

test('who asks for subtitles gets the remembered language, then the browser’s', () => {
  const tracks = [
    track('e1', { language: 'fre' }),
    track('e2', { forced: true }),
    track('e3'),
    track('e4', { language: 'ger' }),
  ];
  expect(likelyTrack(tracks, wish({ language: 'de' }), ['en-GB'])?.id).toBe('e4');
  expect(likelyTrack(tracks, null, ['en-GB'])?.id).toBe('e3');
  expect(likelyTrack(tracks, null, ['sw'])?.id).toBe('e1');
});

test('a damaged memory counts as none', () => {
  for (const text of [null, '', '{', '[]', '3', '{"language": 5}', '{}']) {
    expect(readRemembered(text)).toBeNull();
  }
  expect(readRemembered('{"language":"de","sdh":true}')).toEqual(
    wish({ language: 'de', sdh: true }),
  );
});

test('each format is drawn in its own way, and what nobody draws here is left to the server', () => {
  const way = (rest: Partial<SubtitleChoice>, plain = false) => drawnAs(track('e1', rest), plain);
  expect(way({})).toBe('text');
  expect(way({ format: 'ass' })).toBe('ass');
  expect(way({ format: 'ass' }, true)).toBe('text');
  expect(way({ format: 'pgs', text: false })).toBe('pgs');
  expect(way({ format: 'pgs', text: false, url: null })).toBeNull();
  expect(way({ format: 'vobsub', text: false })).toBeNull();
});

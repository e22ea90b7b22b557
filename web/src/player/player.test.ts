// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';

import type { Episode, MediaFile, Progress, Season, Title, TitleProgress } from '@/lib/api/types';

import { progressOf, startPosition } from '@/lib/resume';

import { actionFor, HELP, RATES, stepRate } from './keymap';
import { episodeOf, otherVersions, upcoming } from './playlist';
import { isClaimed } from './use-player-keys';
import { EVERY, makeSaver } from './use-saved-progress';

test.each([
  [' ', { do: 'toggle' }],
  ['K', { do: 'toggle' }],
  ['j', { do: 'seekBy', seconds: -10 }],
  ['l', { do: 'seekBy', seconds: 10 }],
  ['ArrowLeft', { do: 'seekBy', seconds: -5 }],
  ['7', { do: 'seekTo', share: 0.7 }],
  ['<', { do: 'rateBy', step: -1 }],
  ['n', { do: 'next' }],
  ['?', { do: 'help' }],
])('the key %j is known', (key, action) => expect(actionFor({ key })).toEqual(action));

test('shortcuts of the browser, and other keys, are left alone', () => {
  expect(actionFor({ key: 'l', ctrlKey: true })).toBeNull();
  expect(actionFor({ key: 'f', metaKey: true })).toBeNull();
  expect(actionFor({ key: 'x' })).toBeNull();
  expect(actionFor({ key: 'constructor' })).toBeNull();
});

test('every key named in the help does something', () => {
  const shown = HELP.flatMap(([keys]) => keys.split(/ or | – | /)).filter(Boolean);
  const named: Record<string, string> = {
    Space: ' ',
    '←': 'ArrowLeft',
    '→': 'ArrowRight',
    '↑': 'ArrowUp',
    '↓': 'ArrowDown',
  };
  // These belong to the button and to the subtitles that they stand for.
  const here = shown.filter((key) => !['S', 'G', 'H'].includes(key));
  expect(here.filter((key) => actionFor({ key: named[key] ?? key }) === null)).toEqual([]);
});

test('speeds step through the list and stop at its ends', () => {
  expect(stepRate(1, 1)).toBe(1.25);
  expect(stepRate(1, -1)).toBe(0.75);
  expect(stepRate(1.1, 1)).toBe(1.25);
  expect(stepRate(RATES.at(-1) ?? 0, 1)).toBe(2);
  expect(stepRate(0.5, -1)).toBe(0.5);
});

test('a focused button keeps its space key, a menu all of its keys', () => {
  document.body.innerHTML =
    '<button id="b"></button><div role="menu"><a id="m" href="#"></a></div>';
  const at = (id: string) => document.getElementById(id);
  expect(isClaimed({ key: ' ', target: at('b') })).toBe(true);
  expect(isClaimed({ key: 'f', target: at('b') })).toBe(false);
  expect(isClaimed({ key: 'f', target: at('m') })).toBe(true);
  expect(isClaimed({ key: ' ', target: document.body })).toBe(false);
});

const progress = (fields: Partial<Progress>): Progress => ({
  title_id: 't',
  episode_id: null,
  file_id: 'f',
  position: 600,
  duration: 6000,
  watched: false,
  updated_at: '',
  ...fields,
});

test('playback resumes where it stopped, unless that was the start or the end', () => {
  expect(startPosition(progress({}))).toBe(600);
  expect(startPosition(undefined)).toBe(0);
  expect(startPosition(progress({ position: 4 }))).toBe(0);
  expect(startPosition(progress({ position: 5950 }))).toBe(0);
  expect(startPosition(progress({ watched: true }))).toBe(0);
});

test('what the address asks for comes first', () => {
  expect(startPosition(progress({}), { start: 1 })).toBe(0);
  expect(startPosition(progress({}), { at: 42 })).toBe(42);
});

test('progress belongs to the episode, whichever version it was made with', () => {
  const held: TitleProgress = {
    items: [
      progress({ episode_id: 'e1', file_id: 'old' }),
      progress({ episode_id: 'e2', file_id: 'f2' }),
    ],
    next_file_id: null,
    next_episode_id: null,
  };
  expect(progressOf(held, { id: 'new', role: 'main' }, 'e1')?.file_id).toBe('old');
  expect(progressOf(held, { id: 'f2', role: 'main' }, null)?.episode_id).toBe('e2');
  expect(progressOf(held, { id: 'x', role: 'main' }, null)).toBeUndefined();
  expect(progressOf(held, { id: 'f2', role: 'trailer' }, 'e1')).toBeUndefined();
});

test('progress is sent each ten seconds, at once when asked, and not twice for one place', () => {
  const send = vi.fn();
  let now = 0;
  const save = makeSaver(send, () => now);
  const video = { currentTime: 5, duration: 100 };
  save(video);
  expect(send).not.toHaveBeenCalled();
  now = EVERY;
  save(video);
  expect(send).toHaveBeenLastCalledWith({ position: 5, duration: 100 }, false);
  save(video, true);
  expect(send).toHaveBeenCalledTimes(1);
  video.currentTime = 9;
  save(video, true, true);
  expect(send).toHaveBeenLastCalledWith({ position: 9, duration: 100 }, true);
  save({ currentTime: 50, duration: Number.NaN }, true);
  expect(send).toHaveBeenCalledTimes(2);
});

const episode = (number: number, ...file_ids: string[]) =>
  ({ id: `e${number}`, number, title: null, still: null, file_ids }) as unknown as Episode;
const season = (number: number, ...episodes: Episode[]) => ({ number, episodes }) as Season;
const file = (id: string, fields: Partial<MediaFile> = {}) =>
  ({ id, state: 'present', role: 'main', part: null, edition: null, ...fields }) as MediaFile;

const show = {
  kind: 'show',
  title: 'A',
  season_list: [
    season(2, episode(1, 's2e1')),
    season(0, episode(1, 'special')),
    season(
      1,
      episode(2, 'double'),
      episode(1, 'one', 'one-hd'),
      episode(3, 'double'),
      episode(4),
      episode(5, 'gone'),
    ),
  ],
  files: ['one', 'one-hd', 'double', 's2e1', 'special']
    .map((id) => file(id))
    .concat(file('gone', { state: 'missing' })),
} as unknown as Title;

test('the next episode is the next one that is here, across gaps and seasons', () => {
  expect(upcoming(show, 'one')?.fileId).toBe('double');
  expect(upcoming(show, 'one-hd')?.label).toBe('S1 E2');
  expect(upcoming(show, 'double')).toMatchObject({
    fileId: 's2e1',
    label: 'S2 E1',
    name: 'Episode 1',
  });
  expect(upcoming(show, 's2e1')).toBeNull();
  expect(upcoming(show, 'special')).toBeNull();
});

test('a film goes on with its next part, and has no next otherwise', () => {
  const film = {
    kind: 'movie',
    title: 'B',
    season_list: [],
    files: [
      file('a', { part: '1' }),
      file('b', { part: '2' }),
      file('c', { part: '2', edition: 'Cut' }),
    ],
  } as unknown as Title;
  expect(upcoming(film, 'a')?.fileId).toBe('b');
  expect(upcoming(film, 'b')).toBeNull();
});

test('versions of an episode are the files that hold it too', () => {
  expect(otherVersions(show, 'one').map((one) => one.id)).toEqual(['one-hd']);
  expect(otherVersions(show, 's2e1')).toEqual([]);
  expect(episodeOf(show, 'nowhere')).toBeNull();
});

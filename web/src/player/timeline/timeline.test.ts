import { expect, test } from 'vitest';

import { finalCredits, markerAt, skipLabel, stageAt } from './markers';
import { marksOf } from './use-timeline-tracks';

const intro = { kind: 'intro', start: 10, end: 100 };
const recap = { kind: 'recap', start: 0, end: 40 };
const credits = { kind: 'credits', start: 1300, end: 1400 };

test('a stretch can be skipped while it lasts, but for its last second', () => {
  expect(markerAt([intro], 9.9)).toBeNull();
  expect(markerAt([intro], 10)).toBe(intro);
  expect(markerAt([intro], 98.9)).toBe(intro);
  expect(markerAt([intro], 99)).toBeNull();
});

test('of overlapping stretches the one that reaches furthest is offered', () => {
  expect(markerAt([recap, intro], 20)).toBe(intro);
  expect(markerAt([recap, intro], 5)).toBe(recap);
});

test('kinds that nobody knows are not offered', () => {
  expect(markerAt([{ kind: 'toString', start: 0, end: 50 }], 5)).toBeNull();
  expect(markerAt([{ kind: 'scene', start: 0, end: 50 }], 5)).toBeNull();
  expect(skipLabel(intro)).toBe('Skip intro');
});

test('credits count as the end only when nothing follows them', () => {
  expect(finalCredits([intro, credits], 1410)).toBe(credits);
  expect(finalCredits([intro, credits], 1500)).toBeNull();
  expect(finalCredits([{ kind: 'credits', start: 0, end: 1400 }], 1400)).toBeNull();
  expect(finalCredits([credits], NaN)).toBeNull();
});

const at = (time: number, markers = [credits], duration = 1400, ended = false) =>
  stageAt({ time, duration, ended }, markers);

test('the next episode is offered from the credits on, or shortly before the end', () => {
  expect(at(1299)).toBe('playing');
  expect(at(1300)).toBe('credits');
  expect(at(1370, [])).toBe('playing');
  expect(at(1376, [])).toBe('closing');
  expect(at(1400, [], 1400, true)).toBe('ended');
});

test('a scene after the credits is not talked into', () => {
  expect(at(1350, [credits], 1600)).toBe('playing');
  expect(at(1590, [credits], 1600)).toBe('closing');
});

test('a short clip, or one whose length is unknown, only ends', () => {
  expect(at(55, [], 60)).toBe('playing');
  expect(at(55, [], NaN)).toBe('playing');
  expect(at(60, [], 60, true)).toBe('ended');
});

test('chapters are marked in order, named, and without empty ones', () => {
  expect(
    marksOf([
      { start: 60, end: 120, title: ' The end ' },
      { start: 0, end: 60, title: null },
      { start: 60, end: 60, title: 'Nothing' },
    ]),
  ).toEqual([
    { start: 0, end: 60, name: 'Chapter 1' },
    { start: 60, end: 120, name: 'The end' },
  ]);
});

test('a single chapter marks nothing', () => {
  expect(marksOf([{ start: 0, end: 60, title: 'All of it' }])).toEqual([]);
  expect(marksOf([])).toEqual([]);
});

import { expect, test } from 'vitest';

import type { Title } from '@/lib/api/types';

import { changes, formOf } from './edit-changes';

const title = {
  title: 'Heat',
  year: 1995,
  original_title: null,
  overview: 'A thief.',
  tagline: null,
  certification: '16',
  genres: ['Crime', 'Drama'],
  locked: ['title', 'genres'],
} as unknown as Title;

test('an untouched form changes nothing', () => {
  expect(changes(title, formOf(title), new Set())).toEqual({});
});

test('only what was changed is sent, in the server’s types', () => {
  const form = { ...formOf(title), year: ' 1996 ', genres: 'Crime, Noir,, Crime', tagline: 'Cool' };
  expect(changes(title, form, new Set())).toEqual({
    year: 1996,
    genres: ['Crime', 'Noir'],
    tagline: 'Cool',
  });
});

test('a lock that is handed back is sent, unless its field was changed too', () => {
  const form = { ...formOf(title), genres: 'Noir' };
  expect(changes(title, form, new Set(['title', 'genres']))).toEqual({
    genres: ['Noir'],
    unlock: ['title'],
  });
});

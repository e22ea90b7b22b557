import { expect, test } from 'vitest';

import { readFollowed } from '@/lib/followed';

import { linkLabel, linksIn, linkTrouble, mayHoldFiles } from './links';

const MAGNET = 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=Sintel+%282010%29';

test('several links may be pasted at once, and the same one twice is one', () => {
  expect(linksIn(' https://a.example/1\n\nhttps://a.example/2 https://a.example/1\n')).toEqual([
    'https://a.example/1',
    'https://a.example/2',
  ]);
});

test('what is no link is told apart from what cannot be fetched', () => {
  expect(linkTrouble('example.org/film.mkv')).toContain('is no link');
  expect(linkTrouble('javascript:alert(1)')).toContain('Only http');
  expect(linkTrouble('ftp://example.org/a.mkv')).toBeNull();
  expect(linkTrouble(MAGNET)).toBeNull();
});

test('magnet links and torrent files may hold several files', () => {
  expect(mayHoldFiles(MAGNET)).toBe(true);
  expect(mayHoldFiles('https://example.org/a.TORRENT?x=1')).toBe(true);
  expect(mayHoldFiles('https://example.org/a.mkv')).toBe(false);
});

test('a link is shown by what people recognise of it', () => {
  expect(linkLabel(MAGNET)).toBe('Sintel (2010)');
  expect(linkLabel('https://example.org/films/My%20Film.mkv?key=secret')).toBe(
    'My Film.mkv (example.org)',
  );
  expect(linkLabel('https://example.org/')).toBe('example.org');
});

test('a memory that was tampered with is not believed', () => {
  expect(readFollowed('{"a":1}')).toEqual([]);
  expect(readFollowed('not json')).toEqual([]);
  expect(readFollowed('[{"id":"1","label":"x"},{"id":2},null]')).toEqual([{ id: '1', label: 'x' }]);
});

import { expect, test } from 'vitest';

import { baseLanguage, languageName, sameLanguage } from './languages';
import { trackMarks, trackName, trackOptions, type NamedTrack } from './subtitle-names';

const track = (rest: Partial<NamedTrack>): NamedTrack => ({
  id: 'e1',
  language: 'eng',
  title: null,
  format: 'vtt',
  forced: false,
  sdh: false,
  origin: 'embedded',
  ...rest,
});

test('languages are the same in every spelling', () => {
  expect(['ger', 'deu', 'de', 'de-AT', 'DE_de'].map(baseLanguage)).toEqual(Array(5).fill('de'));
  expect(baseLanguage('und')).toBe('');
  expect(baseLanguage(null)).toBe('');
  expect(baseLanguage('!!')).toBe('!!');
  expect(sameLanguage(null, 'und')).toBe(false);
});

test('languages have names', () => {
  expect(languageName('ger')).toBe('German');
  expect(languageName('pt-BR')).toBe('Brazilian Portuguese');
  expect(languageName(null)).toBe('Unknown');
  expect(languageName('x')).toBe('x');
});

test('a title is told unless it repeats what is said anyway', () => {
  expect(trackName(track({ title: 'Signs & Songs' }))).toBe('English – Signs & Songs');
  expect(trackName(track({ title: 'english' }))).toBe('English');
  expect(trackName(track({ title: 'SDH', sdh: true }))).toBe('English');
  expect(trackName(track({ language: null, title: 'Commentary' }))).toBe('Commentary');
});

test('marks say forced, for the hard of hearing, how it is drawn and where it is from', () => {
  expect(trackMarks(track({ forced: true, sdh: true, format: 'pgs', origin: 'found' }))).toEqual([
    'Forced',
    'SDH',
    'Pictures',
    'Found online',
  ]);
});

test('tracks that read alike are numbered', () => {
  const options = trackOptions([track({}), track({ id: 'e2' }), track({ id: 'e3', sdh: true })]);
  expect(options.map(({ label, hint }) => [label, hint])).toEqual([
    ['English 1', ''],
    ['English 2', ''],
    ['English', 'SDH'],
  ]);
});

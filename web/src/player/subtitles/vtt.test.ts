import { expect, test } from 'vitest';

import { decodeEntities, parseCueText, plainText } from './cue-text';
import { nextChange, longestOf, shownAt } from './lookup';
import { parseVtt, placeOf, readTime } from './vtt';

const texts = (file: string) => parseVtt(file).map((cue) => plainText(cue.nodes));

test('times are read with and without hours, with a point or a comma', () => {
  expect(readTime('01:02:03.500')).toBe(3723.5);
  expect(readTime('02:03.500')).toBe(123.5);
  expect(readTime('00:00:01,250')).toBe(1.25);
});

test('cues come out in order, with identifiers, notes and styles passed over', () => {
  const file = `\ufeffWEBVTT - made by hand\r
X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\r
\r
STYLE\r
::cue { color: red }\r
\r
NOTE a remark\r
over two lines\r
\r
second\r
00:00:05.000 --> 00:00:06.000\r
Later\r
\r
00:00:01.000 --> 00:00:02.500 line:10%\r
Two\r
lines`;
  const cues = parseVtt(file);
  expect(cues.map((cue) => [cue.start, cue.end])).toEqual([
    [1, 2.5],
    [5, 6],
  ]);
  expect(texts(file)).toEqual(['Two\nlines', 'Later']);
  expect(cues[0]?.place.row).toBe('top');
});

test('cues that end before they begin, or hold nothing, are not shown', () => {
  expect(
    parseVtt('WEBVTT\n\n00:02.000 --> 00:01.000\nBack\n\n00:03.000 --> 00:04.000\n\n'),
  ).toEqual([]);
});

test('anything else than WebVTT is read as no cues', () => {
  expect(parseVtt('')).toEqual([]);
  expect(parseVtt('<!doctype html><html></html>')).toEqual([]);
  expect(parseVtt('{"detail": "x --> y"}')).toEqual([]);
});

test('markup becomes a tree, and unknown tags leave their text', () => {
  expect(parseCueText('<i>Hello</i> <c.yellow.big>you</c> <font color="red">there</font>')).toEqual(
    [
      { tag: 'i', classes: [], note: '', children: ['Hello'] },
      ' ',
      { tag: 'c', classes: ['yellow', 'big'], note: '', children: ['you'] },
      ' ',
      'there',
    ],
  );
  expect(parseCueText('<v Roger Bingham>Hi')).toEqual([
    { tag: 'v', classes: [], note: 'Roger Bingham', children: ['Hi'] },
  ]);
});

test('markup that is not closed, or closed twice, loses no words', () => {
  expect(plainText(parseCueText('<b><i>one</b> two</i> three'))).toBe('one two three');
  expect(plainText(parseCueText('1 < 2 and <00:01.000>3 > 2'))).toBe('1 < 2 and 3 > 2');
  expect(plainText(parseCueText(`${'<b>'.repeat(5000)}deep`))).toBe('deep');
});

test('a script in a cue is only text', () => {
  expect(parseCueText('<script>alert(1)</script><img src=x onerror=alert(1)>')).toEqual([
    'alert(1)',
  ]);
});

test('entities become what they stand for, once', () => {
  expect(decodeEntities('Tom &amp; Jerry &lt;3 &#39;&#x41;&nbsp;&unknown;')).toBe(
    "Tom & Jerry <3 'A\u00a0&unknown;",
  );
  expect(decodeEntities('&amp;lt;')).toBe('&lt;');
  expect(decodeEntities('&#x110000;')).toBe('&#x110000;');
});

test('readings over characters are not read out as words', () => {
  expect(plainText(parseCueText('<ruby>漢<rt>かん</rt></ruby>字'))).toBe('漢字');
});

test('settings say where a cue stands', () => {
  expect(placeOf('')).toEqual({ row: 'bottom', align: 'center', left: 0, width: 100 });
  expect(placeOf('line:0')).toMatchObject({ row: 'top' });
  expect(placeOf('line:-2')).toMatchObject({ row: 'bottom' });
  expect(placeOf('line:50%')).toMatchObject({ row: 'middle' });
  expect(placeOf('align:start position:10%')).toMatchObject({ left: 10, width: 90 });
  expect(placeOf('align:end position:90% size:50%')).toMatchObject({ left: 40, width: 50 });
  expect(placeOf('position:25% size:80%')).toMatchObject({ left: 0, width: 50 });
  expect(placeOf('align:left line:999999% nonsense :')).toMatchObject({ align: 'start' });
});

const spans = [
  { start: 0, end: 100 },
  { start: 10, end: 12 },
  { start: 10, end: 15 },
  { start: 20, end: 21 },
];

test('every cue of a moment is found, with one that began long before', () => {
  const longest = longestOf(spans);
  expect(shownAt(spans, 11, longest)).toEqual([spans[0], spans[1], spans[2]]);
  expect(shownAt(spans, 12, longest)).toEqual([spans[0], spans[2]]);
  expect(shownAt(spans, 10, longest)).toHaveLength(3);
  expect(shownAt(spans, -1, longest)).toEqual([]);
  expect(shownAt([], 5, longestOf([]))).toEqual([]);
});

test('the next change is the soonest end or beginning', () => {
  const at = (time: number) => nextChange(spans, shownAt(spans, time, longestOf(spans)), time);
  expect(at(5)).toBe(10);
  expect(at(11)).toBe(12);
  expect(at(15)).toBe(20);
  expect(at(50)).toBe(100);
  expect(at(200)).toBe(Infinity);
});

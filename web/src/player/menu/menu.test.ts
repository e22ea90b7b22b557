import { expect, test } from 'vitest';

import type { AudioChoice, PlaybackAnswer } from '@/lib/api/playback';

import { BEFORE, smallerOf, type EngineState } from '../engine/state';
import { bufferedAhead, statsRows } from '../stats/stats';
import { partsOf, reasonsOf } from '../why';

import { audioName, audioOptions, nextAudio, qualityOptions, qualitySummary } from './names';

const sound = (index: number, fields: Partial<AudioChoice> = {}): AudioChoice => ({
  index,
  language: 'eng',
  title: null,
  codec: 'aac',
  channels: 2,
  default: index === 1,
  copied: true,
  selected: index === 1,
  ...fields,
});

const answer = {
  method: 'remux',
  video: 'copy',
  container: 'matroska',
  video_track: { stream: 0, codec: 'h264' },
  reasons: [{ code: 'container', text: 'This player cannot open Matroska (mkv) files.' }],
  audio: [sound(1), sound(2, { language: 'ger', codec: 'ac3', channels: 6, copied: false })],
  qualities: [
    { name: 'source', height: 1080, bandwidth: 8e6 },
    { name: '720p', height: 720, bandwidth: 4e6 },
    { name: '480p', height: 480, bandwidth: 2e6 },
  ],
} as PlaybackAnswer;

const segments: EngineState = {
  ...BEFORE,
  answer,
  delivery: 'hls',
  source: { qualities: answer.qualities, showing: '720p', audio: 2 },
};

test('auto says what it shows now', () => {
  expect(qualitySummary(segments)).toBe('Auto · 720p');
  expect(qualityOptions(segments)).toEqual([
    { value: 'auto', label: 'Auto', hint: '720p now' },
    { value: 'source', label: 'Original', hint: 'Picture unchanged' },
    { value: '720p', label: '720p', hint: '4.0 Mbit/s' },
    { value: '480p', label: '480p', hint: '2.0 Mbit/s' },
  ]);
});

test('a file that plays as it is is the original, and the rungs are the server’s', () => {
  const direct = { ...BEFORE, answer, quality: 'source', fitsDirect: true };
  expect(qualitySummary(direct)).toBe('Original');
  expect(qualityOptions(direct).map((one) => one.hint)).toEqual([
    undefined,
    'The file itself',
    '4.0 Mbit/s',
    '2.0 Mbit/s',
  ]);
});

test('an original that cannot be had is not offered', () => {
  const qualities = answer.qualities.slice(1);
  const converted = { ...segments, source: { ...segments.source, qualities } };
  expect(qualityOptions(converted).map((one) => one.value)).toEqual(['auto', '720p', '480p']);
});

test('sounds are called by language, title and channels', () => {
  expect(audioName(sound(1, { title: 'Commentary' }))).toBe('English – Commentary · Stereo');
  expect(audioName(sound(1, { title: 'english', channels: 6 }))).toBe('English · 5.1');
  expect(audioName(sound(1, { language: null, title: 'Band' }))).toBe('Band · Stereo');
  expect(audioOptions(segments).map((one) => one.hint)).toEqual(['AAC', 'Dolby Digital → AAC']);
});

test('the key goes round the sounds', () => {
  expect(nextAudio(answer.audio, 1)?.index).toBe(2);
  expect(nextAudio(answer.audio, 2)?.index).toBe(1);
  expect(nextAudio(answer.audio, null)?.index).toBe(1);
  expect(nextAudio([sound(1)], 1)).toBeNull();
});

test('why: the parts and what happens to each, and the reasons', () => {
  expect(partsOf(segments)).toEqual([
    ['Container', 'matroska → HLS'],
    ['Picture', 'H.264 → H.264'],
    ['Sound', 'German · 5.1, Dolby Digital → AAC stereo'],
    ['Quality', '720p'],
  ]);
  expect(reasonsOf(segments)).toEqual(['This player cannot open Matroska (mkv) files.']);
});

test('after a failure the next smaller picture is offered', () => {
  expect(smallerOf(segments)).toBe('720p');
  expect(smallerOf({ ...segments, quality: '720p' })).toBe('480p');
  expect(smallerOf({ ...segments, quality: '480p' })).toBeNull();
});

const ranges = (...held: [number, number][]) =>
  ({
    length: held.length,
    start: (at: number) => held[at]?.[0],
    end: (at: number) => held[at]?.[1],
  }) as TimeRanges;

test('what is buffered ahead ends at the first hole', () => {
  expect(bufferedAhead(ranges([0, 10], [20, 30]), 4)).toBe(6);
  expect(bufferedAhead(ranges([0, 10], [20, 30]), 19.95)).toBeCloseTo(10.05);
  expect(bufferedAhead(ranges([0, 10]), 12)).toBe(0);
});

test('stats leave out what is not known', () => {
  const element = {
    width: 1280,
    height: 720,
    shown: { width: 640, height: 360 },
    time: 65.5,
    rate: 1,
    ahead: 12,
    frames: { droppedVideoFrames: 1, totalVideoFrames: 100 },
  };
  const rows = Object.fromEntries(statsRows(element, segments, null));
  expect(rows).toMatchObject({
    Method: 'Repacked, HLS',
    Level: '720p, at most 4.0 Mbit/s',
    Picture: '1280 × 720, shown 640 × 360',
    Buffer: '12.00 s',
    Dropped: '1 of 100',
  });
  expect(rows).not.toHaveProperty('Bandwidth');
});

import { expect, test } from 'vitest';

import { probe, without, type Platform } from './capabilities';

/** A browser that takes the codec strings beginning with one of these. */
function platform(names: string[], fields: Partial<Platform> = {}): Platform {
  const plays = (type: string) => names.some((name) => type.includes(`"${name}`));
  return {
    plays,
    reads: (type) => type === 'video/mp4',
    decodes: ({ video, audio }) =>
      Promise.resolve(video ? video.height <= 2160 : Number(audio?.channels) <= 6),
    segments: true,
    hdr: false,
    switchesAudio: false,
    ...fields,
  };
}

test('a plain browser is described by what it said', async () => {
  const client = await probe(platform(['avc1.4d40', 'avc1.6400', 'avc1.42e0', 'mp4a.40.2']));
  expect(client).toEqual({
    containers: ['mp4'],
    video: [
      {
        codec: 'h264',
        profiles: ['main', 'high', 'constrained baseline'],
        max_level: 62,
        bit_depth: 8,
        max_width: 3840,
        max_height: 2160,
        tags: [],
      },
    ],
    audio: [{ codec: 'aac', max_channels: 6 }],
    subtitles: ['webvtt', 'ass', 'pgs'],
    max_bitrate: null,
    hdr: false,
    dolby_vision: false,
    switches_audio: false,
    prefer: 'direct',
    renews: true,
  });
});

test('ten bits are told by the profile that has them, and the highest level by its number', async () => {
  const able = ['hvc1.1.6.L', 'hvc1.2.4.L', 'hev1'].flatMap((name) =>
    name === 'hev1' ? [] : [`${name}90`, `${name}93`, `${name}120`, `${name}123`, `${name}150`],
  );
  const { video } = await probe(platform(able));
  expect(video).toMatchObject([
    {
      codec: 'hevc',
      profiles: ['main', 'main 10'],
      max_level: 150,
      bit_depth: 10,
      tags: ['hvc1'],
    },
  ]);
});

test('AV1 of eight and of ten bits is one codec with one profile', async () => {
  const { video } = await probe(platform(['av01.0']));
  expect(video).toMatchObject([{ codec: 'av1', profiles: ['main'], bit_depth: 10, max_level: 17 }]);
});

test('a browser that cannot say how large or how many is taken as one of today', async () => {
  const silent = platform(['avc1', 'mp4a'], { decodes: () => Promise.resolve(undefined) });
  const client = await probe(silent);
  expect(client.video[0]).toMatchObject({ max_width: 3840, max_height: 2160 });
  expect(client.audio[0]).toEqual({ codec: 'aac', max_channels: 6 });
});

test('a weak machine is not sent more than it shows smoothly', async () => {
  const decodes: Platform['decodes'] = ({ video }) => Promise.resolve((video?.height ?? 0) <= 720);
  const client = await probe(platform(['avc1'], { decodes }));
  expect(client.video[0]).toMatchObject({ max_width: 1280, max_height: 720 });
});

test('without MSE nothing is renewed, for nothing can be put into the requests', async () => {
  expect((await probe(platform(['avc1'], { segments: false }))).renews).toBe(false);
});

test('what failed is taken out', async () => {
  const client = await probe(platform(['avc1', 'av01', 'mp4a']));
  expect(without(client, ['av1']).video.map((one) => one.codec)).toEqual(['h264']);
  expect(without(client, []).video).toHaveLength(2);
});

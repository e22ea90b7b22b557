/** What a browser is asked about, by ffprobe's names of codecs and profiles. Pure tables. */

export interface VideoProbe {
  codec: string;
  container: 'video/mp4' | 'video/webm';
  /** Name, code in the codec string, bits a sample. The first is the plainest. */
  profiles: readonly (readonly [name: string, code: string, depth: number])[];
  /** As ffprobe counts levels (0: there are none), and their code in the codec string; from low to high. */
  levels: readonly (readonly [level: number, code: string])[];
  /** RFC 6381. */
  name: (profile: string, level: string, depth: number) => string;
}

const two = (value: number) => String(value).padStart(2, '0');

export const VIDEO: readonly VideoProbe[] = [
  {
    codec: 'h264',
    container: 'video/mp4',
    profiles: [
      ['main', '4d40', 8],
      ['high', '6400', 8],
      ['constrained baseline', '42e0', 8],
      ['baseline', '4200', 8],
      ['high 10', '6e00', 10],
    ],
    levels: [30, 31, 40, 41, 42, 50, 51, 52, 60, 62].map((level) => [level, level.toString(16)]),
    name: (profile, level) => `avc1.${profile}${level}`,
  },
  {
    codec: 'hevc',
    container: 'video/mp4',
    profiles: [
      ['main', '1.6', 8],
      ['main 10', '2.4', 10],
    ],
    levels: [90, 93, 120, 123, 150, 153, 156, 180, 183, 186].map((level) => [level, `L${level}`]),
    name: (profile, level) => `hvc1.${profile}.${level}.B0`,
  },
  {
    codec: 'av1',
    container: 'video/mp4',
    profiles: [
      ['main', '0', 8],
      ['main', '0', 10],
    ],
    levels: [4, 5, 8, 9, 12, 13, 14, 16, 17].map((level) => [level, `${two(level)}M`]),
    name: (profile, level, depth) => `av01.${profile}.${level}.${two(depth)}`,
  },
  {
    codec: 'vp9',
    container: 'video/mp4',
    profiles: [
      ['profile 0', '00', 8],
      ['profile 2', '02', 10],
    ],
    levels: [30, 31, 40, 41, 50, 51, 52, 60, 61].map((level) => [level, String(level)]),
    name: (profile, level, depth) => `vp09.${profile}.${level}.${two(depth)}`,
  },
  {
    codec: 'vp8',
    container: 'video/webm',
    profiles: [['', '', 8]],
    levels: [[0, '']],
    name: () => 'vp8',
  },
];

/** Sizes to ask about, from large to small, with the bits a second of a good film in them. */
export const SIZES = [
  { width: 7680, height: 4320, bitrate: 80e6 },
  { width: 3840, height: 2160, bitrate: 25e6 },
  { width: 2560, height: 1440, bitrate: 12e6 },
  { width: 1920, height: 1080, bitrate: 8e6 },
  { width: 1280, height: 720, bitrate: 4e6 },
];

/** Sound as it would come, several names where several are in use. */
export const AUDIO: readonly (readonly [codec: string, types: readonly string[]])[] = [
  ['aac', ['audio/mp4; codecs="mp4a.40.2"']],
  ['mp3', ['audio/mpeg', 'audio/mp4; codecs="mp4a.40.34"']],
  ['opus', ['audio/mp4; codecs="opus"', 'audio/webm; codecs="opus"']],
  ['vorbis', ['audio/webm; codecs="vorbis"']],
  ['flac', ['audio/mp4; codecs="flac"', 'audio/flac']],
  ['alac', ['audio/mp4; codecs="alac"']],
  ['ac3', ['audio/mp4; codecs="ac-3"']],
  ['eac3', ['audio/mp4; codecs="ec-3"']],
  ['pcm', ['audio/wav; codecs="1"']],
  ['dts', ['audio/mp4; codecs="dtsc"']],
  ['truehd', ['audio/mp4; codecs="mlpa"']],
];

/**
 * Containers that the video element reads whole. Matroska is left out although Chromium says
 * "maybe": without MSE it can neither change the audio track nor seek a file that has no cues.
 */
export const CONTAINERS: readonly (readonly [name: string, type: string])[] = [
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['mp3', 'audio/mpeg'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['wav', 'audio/wav'],
];

/** Sample entries of HEVC in MP4; Apple's browsers take the first alone. */
export const HEVC_TAGS = ['hvc1', 'hev1'];
export const hevcTagged = (tag: string) => `video/mp4; codecs="${tag}.1.6.L93.B0"`;

export const DOLBY_VISION = 'video/mp4; codecs="dvh1.05.06"';

/** What the client draws itself. */
export const SUBTITLES = ['webvtt', 'ass', 'pgs'];

import type { ClientCapabilities, VideoCapability } from '@/lib/api/playback';

import {
  AUDIO,
  CONTAINERS,
  DOLBY_VISION,
  HEVC_TAGS,
  hevcTagged,
  SIZES,
  SUBTITLES,
  VIDEO,
  type VideoProbe,
} from './probes';

/** The three ways of asking a browser what it plays; a fake one in tests. */
export interface Platform {
  /** Whether segments of this type can be played, or the file where there is no MSE. */
  plays: (type: string) => boolean;
  /** Whether the video element reads such a file. */
  reads: (type: string) => boolean;
  /** Whether it decodes this fast enough; undefined where the browser cannot say. */
  decodes: (configuration: MediaDecodingConfiguration) => Promise<boolean | undefined>;
  /** Whether segments can be fed to the video element. */
  segments: boolean;
  hdr: boolean;
  /** Whether it changes the sound track of a file by itself. */
  switchesAudio: boolean;
}

const MAX_CHANNELS = [8, 6, 2];
/** Milliseconds after which a browser that does not answer counts as not knowing. */
const PATIENCE = 1500;

function quoted(probe: VideoProbe, profile: string, level: string, depth: number): string {
  return `${probe.container}; codecs="${probe.name(profile, level, depth)}"`;
}

async function largest(platform: Platform, contentType: string) {
  for (const { width, height, bitrate } of SIZES) {
    const answer = await platform.decodes({
      type: platform.segments ? 'media-source' : 'file',
      video: { contentType, width, height, bitrate, framerate: 30 },
    });
    // A browser that cannot say counts as one of today: 4K and less.
    if (answer ?? height <= 2160) return { max_width: width, max_height: height };
  }
  return { max_width: 1280, max_height: 720 };
}

async function probeVideo(
  platform: Platform,
  probe: VideoProbe,
): Promise<VideoCapability | undefined> {
  const [lowest] = probe.levels;
  const [plainest] = probe.profiles;
  if (!lowest || !plainest) return undefined;
  const able = probe.profiles.filter(([, code, depth]) =>
    platform.plays(quoted(probe, code, lowest[1], depth)),
  );
  const profile = able.find((one) => one === plainest) ?? able[0];
  if (!profile) return undefined;
  const levels = probe.levels.filter(([, code]) =>
    platform.plays(quoted(probe, profile[1], code, profile[2])),
  );
  const [level, top] = levels.at(-1) ?? lowest;
  return {
    codec: probe.codec,
    profiles: [...new Set(able.map(([name]) => name))].filter(Boolean),
    max_level: level || null,
    tags: probe.codec === 'hevc' ? HEVC_TAGS.filter((tag) => platform.plays(hevcTagged(tag))) : [],
    bit_depth: Math.max(...able.map(([, , depth]) => depth)),
    ...(await largest(platform, quoted(probe, profile[1], top, profile[2]))),
  };
}

async function mostChannels(platform: Platform, contentType: string): Promise<number> {
  const inSegments = platform.segments && platform.plays(contentType);
  const type = inSegments ? ('media-source' as const) : ('file' as const);
  for (const channels of MAX_CHANNELS) {
    const audio = { contentType, channels: String(channels), samplerate: 48_000, bitrate: 384_000 };
    // Browsers mix down what they decode: one that cannot say is taken at 5.1.
    if ((await platform.decodes({ type, audio })) ?? channels <= 6) return channels;
  }
  return 2;
}

async function probeAudio(platform: Platform, codec: string, types: readonly string[]) {
  const type = types.find((one) => platform.plays(one) || platform.reads(one));
  return type && { codec, max_channels: await mostChannels(platform, type) };
}

const held = <T>(all: (T | undefined | '')[]): T[] => all.filter((one): one is T => Boolean(one));

/** Ask a browser what it plays. */
export async function probe(platform: Platform): Promise<ClientCapabilities> {
  const [video, audio] = await Promise.all([
    Promise.all(VIDEO.map((one) => probeVideo(platform, one))),
    Promise.all(AUDIO.map(([codec, types]) => probeAudio(platform, codec, types))),
  ]);
  return {
    containers: CONTAINERS.filter(([, type]) => platform.reads(type)).map(([name]) => name),
    video: held(video),
    audio: held(audio),
    subtitles: SUBTITLES,
    max_bitrate: null,
    hdr: platform.hdr,
    dolby_vision: platform.hdr && platform.plays(DOLBY_VISION),
    switches_audio: platform.switchesAudio,
    prefer: 'direct',
    renews: platform.segments,
  };
}

type Segments = typeof MediaSource | undefined;

/** Media Source Extensions, in the form that this browser has. */
export const segmentSource = (): Segments =>
  (globalThis as { ManagedMediaSource?: Segments }).ManagedMediaSource ?? globalThis.MediaSource;

function browser(): Platform {
  const source = segmentSource();
  const element = document.createElement('video');
  const reads = (type: string) => element.canPlayType(type) !== '';
  return {
    reads,
    plays: source ? (type) => source.isTypeSupported(type) : reads,
    decodes: (configuration) => {
      const asked = navigator.mediaCapabilities
        ?.decodingInfo(configuration)
        .then((answer) => answer.supported && answer.smooth)
        .catch(() => undefined);
      const patience = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE));
      return Promise.race([asked, patience]);
    },
    segments: source !== undefined,
    hdr: ['(video-dynamic-range: high)', '(dynamic-range: high)'].some(
      (query) => matchMedia(query).matches,
    ),
    switchesAudio: 'audioTracks' in element,
  };
}

let known: Promise<ClientCapabilities> | null = null;

/** What this browser plays; asked once a page. */
export function capabilities(): Promise<ClientCapabilities> {
  known ??= probe(browser());
  return known;
}

/** The same browser, without codecs that failed it. */
export function without(client: ClientCapabilities, codecs: readonly string[]): ClientCapabilities {
  return {
    ...client,
    video: client.video.filter((one) => !codecs.includes(one.codec)),
    audio: client.audio.filter((one) => !codecs.includes(one.codec)),
  };
}

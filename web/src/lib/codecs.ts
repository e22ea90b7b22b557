import type { MediaFile, MediaStream } from './api/types';

/** MIME strings to ask the browser about, by ffmpeg's names of codecs. */
const ASK: Record<string, string> = {
  h264: 'video/mp4; codecs="avc1.640028"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L120.90"',
  av1: 'video/mp4; codecs="av01.0.08M.08"',
  vp8: 'video/webm; codecs="vp8"',
  vp9: 'video/webm; codecs="vp09.00.40.08"',
  mpeg4: 'video/mp4; codecs="mp4v.20.9"',
  mpeg2video: 'video/mpeg; codecs="mp2v"',
  theora: 'video/ogg; codecs="theora"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  ac3: 'audio/mp4; codecs="ac-3"',
  eac3: 'audio/mp4; codecs="ec-3"',
  dts: 'audio/mp4; codecs="dtsc"',
  truehd: 'audio/mp4; codecs="mlpa"',
  opus: 'audio/webm; codecs="opus"',
  vorbis: 'audio/webm; codecs="vorbis"',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
};

const NAMES: Record<string, string> = {
  h264: 'H.264',
  hevc: 'HEVC (H.265)',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  mpeg4: 'MPEG-4',
  mpeg2video: 'MPEG-2',
  vc1: 'VC-1',
  aac: 'AAC',
  ac3: 'Dolby Digital',
  eac3: 'Dolby Digital Plus',
  truehd: 'Dolby TrueHD',
  dts: 'DTS',
  opus: 'Opus',
  vorbis: 'Vorbis',
  flac: 'FLAC',
  mp3: 'MP3',
  subrip: 'SubRip',
  ass: 'ASS',
  webvtt: 'WebVTT',
  mov_text: 'Timed text',
  hdmv_pgs_subtitle: 'PGS',
  dvd_subtitle: 'VobSub',
};

export const codecName = (codec: string | null) =>
  codec ? (NAMES[codec] ?? codec.toUpperCase()) : 'unknown';

type CanPlay = (type: string) => string;

const browserCanPlay: CanPlay = (type) => document.createElement('video').canPlayType(type);

/** True when the browser says that it decodes this codec; unknown codecs count as not. */
export function canDecode(codec: string | null, canPlay: CanPlay = browserCanPlay): boolean {
  if (!codec) return true;
  if (codec.startsWith('pcm_')) return true;
  const type = ASK[codec];
  return type !== undefined && canPlay(type) !== '';
}

const first = (file: MediaFile, type: string): MediaStream | undefined =>
  file.streams.find((one) => one.type === type && one.default) ??
  file.streams.find((one) => one.type === type);

export const videoOf = (file: MediaFile) => first(file, 'video');
export const audioOf = (file: MediaFile) => first(file, 'audio');

/** Streams of the file that would play but that this browser cannot decode. */
export function undecodable(file: MediaFile, canPlay?: CanPlay): MediaStream[] {
  return [videoOf(file), audioOf(file)]
    .filter((one) => one !== undefined)
    .filter((one) => !canDecode(one.codec, canPlay));
}

/** "2160p HDR10", "1080p": what a version is told apart by. */
export function resolutionOf(file: MediaFile): string {
  const video = videoOf(file);
  const lines = video?.height ? `${nominal(video.width ?? 0, video.height)}p` : '';
  return file.resolution ?? lines;
}

// A 1920×800 film is "1080p" to everyone: the width decides when the picture is wide.
function nominal(width: number, height: number): number {
  const steps = [480, 576, 720, 1080, 1440, 2160, 4320];
  const lines = Math.max(height, Math.round((width * 9) / 16));
  return steps.find((step) => lines <= step * 1.02) ?? height;
}

/** A version's name: "Director’s Cut · 2160p · HDR10 · BluRay". */
export function versionName(file: MediaFile): string {
  const parts = [file.edition, resolutionOf(file), videoOf(file)?.hdr, file.source, file.part];
  return parts.filter(Boolean).join(' · ') || file.container?.toUpperCase() || 'File';
}

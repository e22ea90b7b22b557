import { api } from './client';

/** What this browser plays: field `client` of `POST /api/playback`. */
export interface ClientCapabilities {
  containers: string[];
  video: VideoCapability[];
  audio: { codec: string; max_channels: number }[];
  subtitles: string[];
  /** Bits a second, or null for no limit. */
  max_bitrate: number | null;
  hdr: boolean;
  dolby_vision: boolean;
  /** True when it can choose another sound track of a file by itself. */
  switches_audio: boolean;
  /** `hls` always gets an HLS address. */
  prefer: 'direct' | 'hls';
  /** True when the client asks again before `expires_at`: such tokens live shorter. */
  renews: boolean;
}

export interface VideoCapability {
  codec: string;
  /** As ffprobe names them, in lower case; none for any. */
  profiles: string[];
  /** As ffprobe counts them: 51 is H.264 5.1, 153 is HEVC 5.1. */
  max_level: number | null;
  max_width: number;
  max_height: number;
  bit_depth: number;
  /** MP4 sample entries; none for any. */
  tags: string[];
}

export type Method = 'direct' | 'remux' | 'transcode';

export interface Reason {
  code: string;
  text: string;
}

export interface AudioChoice {
  /** The stream's number in the file. */
  index: number;
  language: string | null;
  title: string | null;
  codec: string | null;
  channels: number | null;
  default: boolean;
  copied: boolean;
  selected: boolean;
}

export interface SubtitleChoice {
  /** `e3` embedded, `xAbc1234` a file of its own. */
  id: string;
  index: number | null;
  language: string | null;
  title: string | null;
  format: 'vtt' | 'ass' | 'pgs' | 'vobsub' | 'other';
  text: boolean;
  forced: boolean;
  sdh: boolean;
  default: boolean;
  /** Null where this browser cannot draw it: the server can draw it into the picture. */
  url: string | null;
  origin: 'embedded' | 'beside' | 'uploaded' | 'found';
}

export interface QualityChoice {
  /** `source`, or the lines of the rung: `720p`. */
  name: string;
  height: number;
  /** Bits a second. */
  bandwidth: number;
}

/** Seconds of a stretch that can be skipped. */
export interface Marker {
  kind: string;
  start: number;
  end: number;
}

export interface PlaybackChapter {
  start: number;
  end: number;
  title: string | null;
}

export interface Previews {
  url: string;
  interval: number;
  width: number;
  height: number;
}

/** How a file is played, and why so: the answer to `POST /api/playback`. */
export interface PlaybackAnswer {
  method: Method;
  video: 'direct' | 'copy' | 'transcode' | 'none';
  /** What is done, in a sentence. */
  summary: string;
  reasons: Reason[];
  /** Null when only the decision was asked for. */
  url: string | null;
  expires_at: string | null;
  /** Seconds. */
  duration: number | null;
  container: string | null;
  video_track: { stream: number; codec: string | null } | null;
  audio: AudioChoice[];
  subtitles: SubtitleChoice[];
  qualities: QualityChoice[];
  markers: Marker[];
  chapters: PlaybackChapter[];
  previews: Previews | null;
  /** Names of renditions that were made ahead. */
  prepared: string[];
}

export interface PlaybackWish {
  file_id: string;
  client: ClientCapabilities;
  audio_index?: number;
  subtitle_index?: number;
  max_height?: number;
  /** Decide only: no address, no token. */
  preview?: boolean;
}

export const askPlayback = (wish: PlaybackWish) => api.post<PlaybackAnswer>('/api/playback', wish);

/** The figures behind the picture, for those who like them. */

import { bitrate, bytes, clock } from '@/lib/format';
import { METHODS } from '@/lib/playback/methods';

import type { EngineState } from '../engine/state';
import type { SourceFigures } from '../engine/source';
import { qualityLabel, qualitySummary } from '../menu/names';

type Frames = Pick<VideoPlaybackQuality, 'droppedVideoFrames' | 'totalVideoFrames'>;

/** What is read off the element. */
export interface ElementFigures {
  width: number;
  height: number;
  /** Pixels of the screen that the picture takes. */
  shown: { width: number; height: number };
  time: number;
  rate: number;
  /** Seconds that can be played without loading. */
  ahead: number;
  frames: Frames | null;
}

/** Seconds that are buffered in one piece from `time` on. */
export function bufferedAhead(buffered: TimeRanges, time: number): number {
  for (let at = 0; at < buffered.length; at += 1) {
    // A range may begin a frame late after a seek.
    if (buffered.start(at) <= time + 0.1 && time <= buffered.end(at))
      return buffered.end(at) - time;
  }
  return 0;
}

export function readElement(video: HTMLVideoElement): ElementFigures {
  const { videoWidth: width, videoHeight: height, currentTime: time, buffered } = video;
  const scale = Math.min(video.clientWidth / (width || 1), video.clientHeight / (height || 1));
  const pixels = scale * devicePixelRatio;
  return {
    width,
    height,
    shown: { width: Math.round(width * pixels), height: Math.round(height * pixels) },
    time,
    rate: video.playbackRate,
    ahead: bufferedAhead(buffered, time),
    frames: video.getVideoPlaybackQuality?.() ?? null,
  };
}

const seconds = (value: number) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
const size = ({ width, height }: { width: number; height: number }) => `${width} × ${height}`;

function lastSegment(segment: SourceFigures['segment']): string | null {
  if (!segment) return null;
  return `${bytes(segment.bytes)} in ${seconds(segment.total)}, first byte ${seconds(segment.wait)}`;
}

function frames(held: Frames | null): string | null {
  return held && `${held.droppedVideoFrames} of ${held.totalVideoFrames}`;
}

function picture(element: ElementFigures): string | null {
  return element.width ? `${size(element)}, shown ${size(element.shown)}` : null;
}

function level({ source }: EngineState): string | null {
  const now = source.qualities.find((one) => one.name === source.showing);
  return now ? `${qualityLabel(now.name)}, at most ${bitrate(now.bandwidth)}` : null;
}

/** Rows of name and value; what is not known is left out. */
export function statsRows(
  element: ElementFigures,
  state: EngineState,
  figures: SourceFigures | null,
): [string, string][] {
  const { answer, delivery } = state;
  const rows: [string, string | null | undefined][] = [
    ['Method', answer && `${METHODS[answer.method][0]}${delivery === 'hls' ? ', HLS' : ''}`],
    ['Quality', qualitySummary(state)],
    ['Level', level(state)],
    ['Picture', picture(element)],
    ['Codecs', figures?.codecs ?? answer?.video_track?.codec],
    ['Bandwidth', figures?.bandwidth ? bitrate(figures.bandwidth) : null],
    ['Buffer', seconds(element.ahead)],
    ['Segment', lastSegment(figures?.segment ?? null)],
    ['Dropped', frames(element.frames)],
    ['Position', `${clock(element.time)} (${element.time.toFixed(3)}) at ${element.rate}×`],
  ];
  return rows.filter((row): row is [string, string] => Boolean(row[1]));
}

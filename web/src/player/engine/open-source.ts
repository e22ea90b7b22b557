import type { PlaybackAnswer } from '@/lib/api/playback';

import { segmentSource } from './capabilities';
import { ElementSource } from './element-source';
import { HlsSource } from './hls-source';
import type { Quality, Source, SourceEvents } from './source';
import type { TokenKeeper } from './tokens';

interface Opening extends SourceEvents {
  video: HTMLVideoElement;
  /** Seconds. */
  startAt: number;
  quality: Quality;
  audio: number | null;
  tokens: TokenKeeper;
}

/** Fetch what is needed to play an answer; the player's segments part only when there are some. */
export async function openSource(answer: PlaybackAnswer): Promise<(opening: Opening) => Source> {
  const url = answer.url ?? '';
  if (url.includes('/hls/') && segmentSource()) {
    const { default: kind } = await import('hls.js');
    if (kind.isSupported()) {
      return ({ video, tokens, onChange, onProblem, ...wish }) =>
        new HlsSource(kind, video, { ...wish, url, copies: answer.video === 'copy' }, tokens, {
          onChange,
          onProblem,
        });
    }
  }
  const audio = answer.audio.map((one) => one.index);
  const picture = answer.video !== 'none';
  return ({ video, ...events }) => new ElementSource(video, { url, audio, picture }, events);
}

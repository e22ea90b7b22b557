/** How it plays, in sentences. Pure. */

import type { PlaybackAnswer } from '@/lib/api/playback';
import { codecName } from '@/lib/codecs';

import { soundOf, type EngineState } from './engine/state';
import { audioName, qualityLabel } from './menu/names';

/** Why it is not played directly, in the order of the server. */
export function reasonsOf({ answer }: EngineState): string[] {
  return (answer?.reasons ?? []).map(({ code, text }) =>
    code === 'client_prefers_hls'
      ? 'Segments allow what you chose, or what failed before: the file itself would not.'
      : text,
  );
}

const DONE: Record<PlaybackAnswer['video'], string> = {
  direct: 'as it is',
  copy: 'unchanged',
  transcode: '→ H.264',
  none: '',
};

function pictureOf({ answer, delivery, source }: EngineState): string | null {
  const track = answer?.video_track;
  if (!track) return null;
  const encoded = delivery === 'hls' && source.showing !== null && source.showing !== 'source';
  return `${codecName(track.codec)} ${DONE[encoded ? 'transcode' : answer.video]}`;
}

function soundNow(state: EngineState): string | null {
  const heard = state.answer?.audio.find((one) => one.index === soundOf(state));
  if (!heard) return null;
  const kept = state.delivery === 'direct' || heard.copied;
  return `${audioName(heard)}, ${codecName(heard.codec)} ${kept ? 'unchanged' : '→ AAC stereo'}`;
}

/** What happens to each part: name and fate. */
export function partsOf(state: EngineState): [string, string][] {
  const { answer, delivery, source } = state;
  const segments = delivery === 'hls';
  const container = answer?.container;
  const parts: [string, string | null][] = [
    ['Container', container ? `${container}${segments ? ' → HLS' : ''}` : null],
    ['Picture', pictureOf(state)],
    ['Sound', soundNow(state)],
    ['Quality', segments && source.showing ? qualityLabel(source.showing) : null],
  ];
  return parts.filter((part): part is [string, string] => part[1] !== null);
}

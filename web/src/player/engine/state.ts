import type { PlaybackAnswer } from '@/lib/api/playback';

import type { PlayFailure } from '../failure';

import type { Wish } from './question';
import { NOTHING_KNOWN, type Quality, type SourceState } from './source';

export interface EngineState {
  answer: PlaybackAnswer | null;
  delivery: 'direct' | 'hls';
  /** What was chosen: `auto`, `source`, `720p`. */
  quality: Quality;
  source: SourceState;
  failure: PlayFailure | null;
  /** True when this browser can also play the file itself. */
  fitsDirect: boolean;
}

/** The sound that the server begins with. */
export const selectedAudio = (answer: PlaybackAnswer | null) =>
  answer?.audio.find((one) => one.selected)?.index ?? null;

/** The stream's number of the sound that is heard. */
export const soundOf = ({ source, answer }: EngineState) => source.audio ?? selectedAudio(answer);

/** A smaller picture that the server could send instead, or null. */
export function smallerOf({ answer, quality }: EngineState): Quality | null {
  const lines = Number.parseInt(quality, 10) || Infinity;
  const smaller = answer?.qualities.filter((one) => one.name !== 'source' && one.height < lines);
  return smaller?.sort((one, other) => other.height - one.height)[0]?.name ?? null;
}

export const BEFORE: EngineState = {
  answer: null,
  delivery: 'direct',
  quality: 'auto',
  source: NOTHING_KNOWN,
  failure: null,
  fitsDirect: false,
};

/** What becomes of the state with the answer to a wish. */
export function answered(state: EngineState, answer: PlaybackAnswer, wish: Wish): EngineState {
  const delivery = answer.url?.includes('/hls/') ? 'hls' : 'direct';
  const had = answer.qualities.some((one) => one.name === wish.quality);
  const chosen = had ? wish.quality : 'auto';
  return {
    ...state,
    answer,
    delivery,
    quality: delivery === 'direct' ? 'source' : chosen,
    fitsDirect: wish.prefer === 'direct' ? delivery === 'direct' : state.fitsDirect,
  };
}

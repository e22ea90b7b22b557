/** How what can be chosen is called. Pure. */

import type { AudioChoice } from '@/lib/api/playback';
import { codecName } from '@/lib/codecs';
import { bitrate, channels, language } from '@/lib/format';

import type { EngineState } from '../engine/state';
import type { OfferedQuality, Quality } from '../engine/source';

interface Option {
  value: string;
  label: string;
  hint?: string;
}

const rungs = ({ source, answer }: EngineState): OfferedQuality[] =>
  source.qualities.length ? source.qualities : (answer?.qualities ?? []);

/** "Original", "720p". */
export const qualityLabel = (quality: Quality) => (quality === 'source' ? 'Original' : quality);

function originalHint(state: EngineState): string {
  return state.fitsDirect ? 'The file itself' : 'Picture unchanged';
}

/** What is chosen and shown: "Auto · 720p", "Original". */
export function qualitySummary(state: EngineState): string {
  if (state.quality !== 'auto') return qualityLabel(state.quality);
  const { showing } = state.source;
  return showing ? `Auto · ${qualityLabel(showing)}` : 'Auto';
}

export function qualityOptions(state: EngineState): Option[] {
  const all = rungs(state);
  const { showing } = state.source;
  const original = state.fitsDirect || all.some((one) => one.name === 'source');
  const auto = state.quality === 'auto' && showing ? `${qualityLabel(showing)} now` : undefined;
  return [
    { value: 'auto', label: 'Auto', hint: auto },
    ...(original ? [{ value: 'source', label: 'Original', hint: originalHint(state) }] : []),
    ...all
      .filter((one) => one.name !== 'source')
      .map((one) => ({ value: one.name, label: one.name, hint: bitrate(one.bandwidth) })),
  ];
}

/** "German · 5.1", "English – Commentary · Stereo". */
export function audioName(choice: AudioChoice): string {
  const spoken = language(choice.language);
  const title = choice.title?.trim();
  const known = title && title.toLowerCase() !== spoken.toLowerCase() ? title : '';
  const name = spoken === 'Unknown' && known ? known : [spoken, known].filter(Boolean).join(' – ');
  return [name, channels(choice.channels)].filter(Boolean).join(' · ');
}

export function audioOptions({ answer, delivery }: EngineState): Option[] {
  return (answer?.audio ?? []).map((choice) => {
    const codec = codecName(choice.codec);
    const kept = delivery === 'direct' || choice.copied;
    return {
      value: String(choice.index),
      label: audioName(choice),
      hint: kept ? codec : `${codec} → AAC`,
    };
  });
}

/** The sound after the one that is heard; null when there is but one. */
export function nextAudio(choices: AudioChoice[], heard: number | null): AudioChoice | null {
  if (choices.length < 2) return null;
  const at = choices.findIndex((one) => one.index === heard);
  return choices[(at + 1) % choices.length] ?? null;
}

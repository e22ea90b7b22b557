/** The subtitles of what plays now: one small store for the layer, the menu and the keys. */
import { useSyncExternalStore } from 'react';

import type { SubtitleChoice } from '@/lib/api/playback';
import { trackMarks, trackName } from '@/lib/playback/subtitle-names';

import { firstChoice, likelyTrack, loadRemembered, remember } from './choose';
import { loadStyle, saveStyle, USUAL, type CueStyle } from './style';

export type SubtitlePanel = 'style' | 'search' | null;

export interface SubtitleState {
  fileId: string | null;
  tracks: SubtitleChoice[];
  /** The id of the track that is shown, or null. */
  chosen: string | null;
  /** What `toggleSubtitles` brings back. */
  last: string | null;
  /** Seconds that the text comes later than the file says. */
  offset: number;
  style: CueStyle;
  panel: SubtitlePanel;
}

const EMPTY: SubtitleState = {
  fileId: null,
  tracks: [],
  chosen: null,
  last: null,
  offset: 0,
  style: USUAL,
  panel: null,
};

let state = EMPTY;
const watchers = new Set<() => void>();

function change(next: Partial<SubtitleState>): void {
  state = { ...state, ...next };
  watchers.forEach((watcher) => watcher());
}

export const subtitleState = () => state;

export const useSubtitles = () =>
  useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, subtitleState);

const trackOf = (id: string | null) => state.tracks.find((track) => track.id === id) ?? null;

/** The track that is shown, or null. */
export const chosenTrack = (held: SubtitleState) =>
  held.tracks.find((track) => track.id === held.chosen) ?? null;

/** Take over a file's tracks. A file that is known already keeps what was chosen. */
export function beginSubtitles(
  fileId: string,
  tracks: SubtitleChoice[],
  audio: string | null,
): void {
  if (state.fileId === fileId) {
    // Tracks that were added while it plays are not in an older answer.
    const added = state.tracks.filter((track) => !tracks.some((one) => one.id === track.id));
    change({ tracks: [...tracks, ...added] });
    return;
  }
  const chosen = firstChoice(tracks, audio, loadRemembered());
  change({ ...EMPTY, fileId, tracks, chosen, last: chosen, style: loadStyle() });
}

/** Show a track, or none. By hand, so it is remembered for the next episode. */
export function chooseSubtitle(id: string | null): void {
  const track = trackOf(id);
  change({ chosen: track?.id ?? null, last: track?.id ?? state.last });
  remember(track);
}

/** Take in a track that came while the file plays, and show it. */
export function addSubtitle(track: SubtitleChoice): void {
  change({ tracks: [...state.tracks.filter((one) => one.id !== track.id), track] });
  chooseSubtitle(track.id);
}

/** Give up on a track that cannot be drawn; nothing is remembered. */
export function dropSubtitle(id: string): void {
  if (state.chosen === id) change({ chosen: null, last: null });
}

/** Switch subtitles on or off (key C), and return the word to show. */
export function toggleSubtitles(): string {
  if (!state.tracks.length) return 'No subtitles here';
  if (state.chosen) {
    chooseSubtitle(null);
    return 'Subtitles off';
  }
  const track =
    trackOf(state.last) ?? likelyTrack(state.tracks, loadRemembered(), navigator.languages);
  if (!track) return 'Choose subtitles in the settings';
  chooseSubtitle(track.id);
  return [trackName(track), ...trackMarks(track)].join(' · ');
}

/** Seconds that a key moves the text by. */
export const OFFSET_STEP = 0.1;
const MOST_OFFSET = 600;

/** "+0.5 s", "−1.2 s", "0 s" */
export function offsetText(seconds: number): string {
  const rounded = Math.round(seconds * 10) / 10;
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '';
  return `${sign}${Math.abs(rounded)} s`;
}

/** Let the text come `step` seconds later (earlier when negative), and return the word to show. */
export function shiftSubtitles(step: number): string {
  const moved = Math.round((state.offset + step) * 10) / 10;
  change({ offset: Math.min(MOST_OFFSET, Math.max(-MOST_OFFSET, moved)) });
  return `Subtitles ${offsetText(state.offset)}`;
}

export const resetOffset = () => change({ offset: 0 });

export function restyle(part: Partial<CueStyle>): void {
  change({ style: { ...state.style, ...part } });
  saveStyle(state.style);
}

export const openPanel = (panel: SubtitlePanel) => change({ panel });

/** Which subtitles are shown at first, and what is remembered of a choice for the next episode. */
import type { SubtitleChoice } from '@/lib/api/playback';
import { baseLanguage, sameLanguage } from '@/lib/playback/languages';

/** What was last chosen by hand; `language` is null when subtitles were switched off. */
export interface Remembered {
  language: string | null;
  sdh: boolean;
  forced: boolean;
  title: string | null;
}

const KEY = 'shadow.subtitles.choice';

/** Return what `text` holds, or null when it holds nothing usable. */
export function readRemembered(text: string | null): Remembered | null {
  try {
    const held: unknown = JSON.parse(text ?? 'null');
    if (typeof held !== 'object' || held === null) return null;
    const { language, sdh, forced, title } = held as Partial<Record<keyof Remembered, unknown>>;
    if (language !== null && typeof language !== 'string') return null;
    return {
      language,
      sdh: sdh === true,
      forced: forced === true,
      title: typeof title === 'string' ? title : null,
    };
  } catch {
    return null;
  }
}

export const loadRemembered = () => readRemembered(localStorage.getItem(KEY));

/** Remember a track, or that none is wanted, for what plays next. */
export function remember(track: SubtitleChoice | null): void {
  const held: Remembered = {
    language: track ? track.language : null,
    sdh: track?.sdh ?? false,
    forced: track?.forced ?? false,
    title: track?.title ?? null,
  };
  // A track of an unknown language says nothing about the next file.
  if (!track || baseLanguage(track.language)) localStorage.setItem(KEY, JSON.stringify(held));
}

function likeness(track: SubtitleChoice, wanted: Remembered): number {
  return (
    (track.title !== null && track.title === wanted.title ? 8 : 0) +
    (track.forced === wanted.forced ? 4 : 0) +
    (track.sdh === wanted.sdh ? 2 : 0) +
    (track.text ? 1 : 0)
  );
}

/** Tracks that are only drawn by converting the picture are never shown unasked. */
const drawable = (track: SubtitleChoice) => track.url !== null;

function alike(tracks: SubtitleChoice[], wanted: Remembered): SubtitleChoice | null {
  return (
    tracks
      .filter((track) => drawable(track) && sameLanguage(track.language, wanted.language))
      .sort((one, other) => likeness(other, wanted) - likeness(one, wanted))[0] ?? null
  );
}

/** Translations of signs and foreign lines, for people who understand the sound. */
const forcedFor = (tracks: SubtitleChoice[], audio: string | null) =>
  tracks.find((track) => track.forced && drawable(track) && sameLanguage(track.language, audio)) ??
  null;

/** Return the id of the track to begin with, or null for none. `audio` is the sound's language. */
export function firstChoice(
  tracks: SubtitleChoice[],
  audio: string | null,
  wanted: Remembered | null,
): string | null {
  if (wanted?.language) {
    const track = alike(tracks, wanted);
    if (track) return track.id;
  }
  const forced = forcedFor(tracks, audio);
  if (forced || wanted) return forced?.id ?? null;
  // Never chosen: the file's own default, unless it only repeats what is heard.
  const usual = tracks.find((track) => track.default && drawable(track));
  return usual && !sameLanguage(usual.language, audio) ? usual.id : null;
}

/** The track that a person who asks for subtitles, and names none, is given. */
export function likelyTrack(
  tracks: SubtitleChoice[],
  wanted: Remembered | null,
  spoken: readonly string[],
): SubtitleChoice | null {
  const whole = tracks.filter((track) => drawable(track) && !track.forced);
  for (const language of [wanted?.language, ...spoken]) {
    const track = whole.find((one) => sameLanguage(one.language, language));
    if (track) return track;
  }
  return whole[0] ?? tracks.find(drawable) ?? null;
}

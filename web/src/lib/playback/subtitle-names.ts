/** How subtitle tracks are called. */
import type { SubtitleChoice } from '@/lib/api/playback';

import { languageName } from './languages';

export type NamedTrack = Pick<
  SubtitleChoice,
  'id' | 'language' | 'title' | 'format' | 'forced' | 'sdh' | 'origin'
>;

const FORMATS: Record<SubtitleChoice['format'], string> = {
  vtt: '',
  ass: 'Styled',
  pgs: 'Pictures',
  vobsub: 'Pictures',
  other: 'Pictures',
};

const ORIGINS: Record<SubtitleChoice['origin'], string> = {
  embedded: '',
  beside: '',
  uploaded: 'Uploaded',
  found: 'Found online',
};

/** What sets a track apart from others of its language: "Forced", "SDH", "Styled". */
export function trackMarks(track: NamedTrack): string[] {
  return [
    track.forced ? 'Forced' : '',
    track.sdh ? 'SDH' : '',
    FORMATS[track.format],
    ORIGINS[track.origin],
  ].filter(Boolean);
}

/** "German", "German – Signs"; a title that repeats the language or a mark is left out. */
export function trackName(track: NamedTrack): string {
  const name = languageName(track.language);
  const title = (track.title ?? '').trim();
  const said = [name, track.language ?? '', ...trackMarks(track)].map((word) => word.toLowerCase());
  if (!title || said.includes(title.toLowerCase())) return name;
  return name === 'Unknown' ? title : `${name} – ${title}`;
}

/** Names for a menu: of several that read alike, each is numbered. */
export function trackOptions(
  tracks: readonly NamedTrack[],
): { value: string; label: string; hint: string }[] {
  const options = tracks.map((track) => ({
    value: track.id,
    label: trackName(track),
    hint: trackMarks(track).join(' · '),
  }));
  const alike = (one: (typeof options)[number]) =>
    options.filter((other) => other.label === one.label && other.hint === one.hint);
  return options.map((option) => {
    const group = alike(option);
    return group.length > 1
      ? { ...option, label: `${option.label} ${group.indexOf(option) + 1}` }
      : option;
  });
}

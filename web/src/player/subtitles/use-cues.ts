import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

import { subtitleTextQuery } from '@/lib/api/subtitles';

import { longestOf, nextChange, shownAt } from './lookup';
import { parseVtt, type Cue } from './vtt';

const NONE: Cue[] = [];
/** The longest sleep, in milliseconds: clocks of players drift. */
const NAP = 2000;

/** The cues of a WebVTT file, once it is there. */
export function useCues(url: string) {
  const text = useQuery(subtitleTextQuery(url));
  const cues = useMemo(() => (text.data === undefined ? NONE : parseVtt(text.data)), [text.data]);
  return { cues, error: text.error, isLoading: text.isPending };
}

const sameCues = (one: Cue[], other: Cue[]) =>
  one.length === other.length && one.every((cue, index) => cue === other[index]);

/** What is shown now. Sleeps until the next change instead of asking at every frame. */
export function useShownCues(video: HTMLVideoElement | null, cues: Cue[], offset: number): Cue[] {
  const [shown, setShown] = useState(NONE);
  useEffect(() => {
    if (!video) return;
    const longest = longestOf(cues);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      const now = video.currentTime - offset;
      const found = shownAt(cues, now, longest);
      setShown((held) => (sameCues(held, found) ? held : found));
      if (video.paused || video.seeking) return;
      const wait = ((nextChange(cues, found, now) - now) * 1000) / (video.playbackRate || 1);
      timer = setTimeout(look, Math.min(NAP, Math.max(4, wait + 1)));
    };
    const events = ['play', 'playing', 'pause', 'seeking', 'seeked', 'ratechange', 'timeupdate'];
    events.forEach((name) => video.addEventListener(name, look));
    look();
    return () => {
      clearTimeout(timer);
      events.forEach((name) => video.removeEventListener(name, look));
    };
  }, [video, cues, offset]);
  return shown;
}

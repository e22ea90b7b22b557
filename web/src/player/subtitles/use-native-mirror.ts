import { useEffect, useState } from 'react';

import { plainText } from './cue-text';
import type { Cue } from './vtt';

const LABEL = 'Subtitles (window)';
const EVENTS = [
  'webkitbeginfullscreen',
  'webkitendfullscreen',
  'enterpictureinpicture',
  'leavepictureinpicture',
];

/** True while the picture is where the page cannot draw: full screen on an iPhone, or in a window. */
function useAway(video: HTMLVideoElement | null): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    if (!video) return;
    const look = (event: Event) =>
      setAway(event.type === 'webkitbeginfullscreen' || event.type === 'enterpictureinpicture');
    EVENTS.forEach((name) => video.addEventListener(name, look));
    return () => EVENTS.forEach((name) => video.removeEventListener(name, look));
  }, [video]);
  return away;
}

// A track that was added by script cannot be taken away again: there is one for good.
function mirrorOf(video: HTMLVideoElement): TextTrack {
  const known = Array.from(video.textTracks).find((track) => track.label === LABEL);
  return known ?? video.addTextTrack('subtitles', LABEL);
}

function fill(track: TextTrack, cues: Cue[], offset: number): void {
  track.mode = 'showing';
  for (const cue of Array.from(track.cues ?? [])) track.removeCue(cue);
  for (const { start, end, nodes } of cues) {
    const begin = Math.max(0, start + offset);
    if (end + offset > begin) track.addCue(new VTTCue(begin, end + offset, plainText(nodes)));
  }
}

/** Give the browser itself the text to draw while the page cannot. */
export function useNativeMirror(video: HTMLVideoElement | null, cues: Cue[], offset: number): void {
  const away = useAway(video);
  useEffect(() => {
    if (!video || !away) return;
    const track = mirrorOf(video);
    fill(track, cues, offset);
    return () => {
      track.mode = 'disabled';
    };
  }, [video, away, cues, offset]);
}

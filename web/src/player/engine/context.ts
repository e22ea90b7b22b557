import { createContext, useContext } from 'react';

import type { PlaybackAnswer } from '@/lib/api/playback';
import type { MediaFile, Title } from '@/lib/api/types';

/** What the parts of the player know and may ask for. */
export interface Playback {
  title: Title;
  file: MediaFile;
  /** The server's latest answer; null until it came. Its tokens are renewed behind the scenes. */
  answer: PlaybackAnswer | null;
  /** How the bytes come now: the file itself, or segments. Their clocks are the same for people. */
  delivery: 'direct' | 'hls';
  /** The element, once it is there. It stays the same when the source changes. */
  video: HTMLVideoElement | null;
  /** The element that goes full screen: menus and dialogs are drawn inside it. */
  root: HTMLElement | null;
  /** Seconds. While the source is being changed: where it goes on, not what the element says. */
  mediaTime: () => number;
  seek: (seconds: number) => void;
  /** Show a word in the middle of the picture, and read it out. */
  say: (text: string) => void;
  /** Renew an address below `/hls/{file}/{token}/` by the token of now. */
  withToken: (url: string) => string;
  /** Have the server draw a subtitle into the picture (its stream's number), or none. */
  burn: (stream: number | null) => void;
  /** Say what the key C does: `toggle` returns the word to show. Returns how to take it back. */
  onSubtitleKey: (toggle: () => string) => () => void;
}

export const PlaybackContext = createContext<Playback | null>(null);

/** The playback around this part of the player. */
export function usePlayback(): Playback {
  const playback = useContext(PlaybackContext);
  if (!playback) throw new Error('usePlayback is for parts of the player');
  return playback;
}

import { useEffect } from 'react';

import { clock } from '@/lib/format';

import { actionFor, stepRate, type PlayerAction } from './keymap';
import { seekTo, setRate, toggleFullscreen, togglePlay } from './video-steps';

interface PlayerKeys {
  video: HTMLVideoElement | null;
  root: HTMLElement | null;
  onNext: (() => void) | null;
  onHelp: () => void;
  onStats: () => void;
  /** Both return the word to show. */
  onCaptions: () => string;
  onSound: () => string;
  onNote: (text: string) => void;
  onActive: () => void;
}

/** Do it, and return the word to show about it. */
function perform(action: PlayerAction, video: HTMLVideoElement, keys: PlayerKeys): string {
  switch (action.do) {
    case 'toggle':
      togglePlay(video);
      return '';
    case 'seekBy':
      seekTo(video, video.currentTime + action.seconds);
      return `${action.seconds > 0 ? '+' : '−'}${Math.abs(action.seconds)} s`;
    case 'seekTo':
      seekTo(video, video.duration * action.share);
      return clock(video.currentTime);
    case 'volumeBy':
      video.muted = false;
      video.volume = Math.min(1, Math.max(0, video.volume + action.step));
      return `Volume ${Math.round(video.volume * 100)} %`;
    case 'rateBy':
      setRate(video, stepRate(video.playbackRate, action.step));
      return `${video.playbackRate}×`;
    case 'mute':
      video.muted = !video.muted;
      return video.muted ? 'Muted' : 'Sound on';
    case 'captions':
      return keys.onCaptions();
    case 'sound':
      return keys.onSound();
    default:
      return steer(action.do, video, keys);
  }
}

function steer(
  what: 'fullscreen' | 'next' | 'help' | 'stats',
  video: HTMLVideoElement,
  keys: PlayerKeys,
): string {
  if (what === 'fullscreen') toggleFullscreen(keys.root, video);
  if (what === 'next') keys.onNext?.();
  if (what === 'help') keys.onHelp();
  if (what === 'stats') keys.onStats();
  return what === 'next' && !keys.onNext ? 'This is the last one' : '';
}

/** True when the focused thing has a use of its own for this key. */
export function isClaimed(event: Pick<KeyboardEvent, 'key' | 'target'>): boolean {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at.closest('[role="menu"], [role="dialog"], input, textarea, select')) return true;
  const pressable = at.closest('a, button, [role="button"], [role="menuitem"]') !== null;
  if (pressable && (event.key === ' ' || event.key === 'Enter')) return true;
  return at.tagName === 'MEDIA-VOLUME-RANGE' && event.key.startsWith('Arrow');
}

/** The keyboard map, wherever the focus is in the player. */
export function usePlayerKeys(keys: PlayerKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { video } = keys;
      if (!video || isClaimed(event)) return;
      const action = actionFor(event);
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      keys.onActive();
      const note = perform(action, video, keys);
      if (note) keys.onNote(note);
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [keys]);
}

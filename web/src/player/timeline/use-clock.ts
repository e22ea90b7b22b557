import { useCallback, useSyncExternalStore } from 'react';

const EVENTS = ['timeupdate', 'seeking', 'seeked', 'ended', 'play', 'pause', 'durationchange'];

/** Follow what `read` makes of the video; a part is drawn anew only when that changes. */
export function useVideo<T extends string | number | boolean | object | null>(
  video: HTMLVideoElement | null,
  read: (video: HTMLVideoElement) => T,
  before: T,
): T {
  const watch = useCallback(
    (onChange: () => void) => {
      EVENTS.forEach((name) => video?.addEventListener(name, onChange));
      return () => EVENTS.forEach((name) => video?.removeEventListener(name, onChange));
    },
    [video],
  );
  return useSyncExternalStore(watch, () => (video ? read(video) : before));
}

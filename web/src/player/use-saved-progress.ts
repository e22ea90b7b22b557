import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { saveProgress } from '@/lib/api/streaming';

/** Milliseconds between two saves while it plays. */
export const EVERY = 10_000;

/** Return when the position is worth sending: `force` for pauses and leaving. */
export function makeSaver(
  send: (at: { position: number; duration: number }, keepalive: boolean) => void,
  now: () => number = Date.now,
) {
  let sentAt = now();
  let sent = -1;
  return (
    video: Pick<HTMLVideoElement, 'currentTime' | 'duration'>,
    force = false,
    keepalive = false,
  ) => {
    const { currentTime: position, duration } = video;
    if (!Number.isFinite(duration) || duration <= 0) return;
    if (Math.abs(position - sent) < 1 || (!force && now() - sentAt < EVERY)) return;
    sentAt = now();
    sent = position;
    send({ position: Math.min(position, duration), duration }, keepalive);
  };
}

interface SavedProgress {
  fileId: string;
  titleId: string;
  wanted: boolean;
  /** Seconds; the element itself says 0 while its source is changed. */
  mediaTime: () => number;
}

/** Keep the server told where playback stands: each 10 s, on pause, and when the page goes. */
export function useSavedProgress(
  video: HTMLVideoElement | null,
  { fileId, titleId, wanted, mediaTime }: SavedProgress,
) {
  const client = useQueryClient();
  useEffect(() => {
    if (!video || !wanted) return;
    let armed = false;
    let last: Promise<unknown> = Promise.resolve();
    const save = makeSaver((at, keepalive) => {
      // A save that is lost is made up for by the next one.
      last = saveProgress(fileId, at, keepalive).catch(() => undefined);
    });
    const refresh = () => {
      for (const key of [['continue'], ['progress', titleId]]) {
        void client.invalidateQueries({ queryKey: key });
      }
    };
    // Nothing is saved before it plays: position 0 would overwrite what is to be resumed.
    const arm = () => {
      armed = true;
    };
    const at = () => ({ currentTime: mediaTime(), duration: video.duration });
    const tick = () => armed && save(at());
    const stop = () => armed && save(at(), true);
    const leave = () => armed && save(at(), true, true);
    const onHide = () => document.visibilityState === 'hidden' && leave();
    video.addEventListener('playing', arm);
    video.addEventListener('timeupdate', tick);
    video.addEventListener('pause', stop);
    video.addEventListener('ended', stop);
    window.addEventListener('pagehide', leave);
    document.addEventListener('visibilitychange', onHide);
    return () => {
      video.removeEventListener('playing', arm);
      video.removeEventListener('timeupdate', tick);
      video.removeEventListener('pause', stop);
      video.removeEventListener('ended', stop);
      window.removeEventListener('pagehide', leave);
      document.removeEventListener('visibilitychange', onHide);
      leave();
      void last.then(refresh);
    };
  }, [video, fileId, titleId, wanted, mediaTime, client]);
}

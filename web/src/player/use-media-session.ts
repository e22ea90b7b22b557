import { useEffect } from 'react';

import { imageAt } from '@/lib/images';

interface Session {
  title: string;
  subtitle: string;
  poster: string | null;
  onNext: (() => void) | null;
}

/** Tell the system what plays: lock screens, headphones and media keys. */
export function useMediaSession(video: HTMLVideoElement | null, session: Session): void {
  const { title, subtitle, poster, onNext } = session;
  useEffect(() => {
    if (!video || !('mediaSession' in navigator)) return;
    const media = navigator.mediaSession;
    media.metadata = new MediaMetadata({
      title,
      artist: subtitle,
      artwork: poster ? [{ src: imageAt(poster, 480), sizes: '480x720' }] : [],
    });
    const seek = (seconds: number) => {
      video.currentTime = Math.max(0, video.currentTime + seconds);
    };
    const actions: [MediaSessionAction, MediaSessionActionHandler | null][] = [
      ['play', () => void video.play()],
      ['pause', () => video.pause()],
      ['seekbackward', (details) => seek(-(details.seekOffset ?? 10))],
      ['seekforward', (details) => seek(details.seekOffset ?? 10)],
      ['seekto', (details) => (video.currentTime = details.seekTime ?? video.currentTime)],
      ['nexttrack', onNext],
    ];
    for (const [action, run] of actions) {
      try {
        media.setActionHandler(action, run);
      } catch {
        // An action that this browser does not know.
      }
    }
    return () => {
      media.metadata = null;
      for (const [action] of actions) {
        try {
          media.setActionHandler(action, null);
        } catch {
          // As above.
        }
      }
    };
  }, [video, title, subtitle, poster, onNext]);
}

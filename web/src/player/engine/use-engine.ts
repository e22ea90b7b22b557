import { useEffect, useState, useSyncExternalStore } from 'react';

import type { MediaFile } from '@/lib/api/types';

import { PlaybackEngine } from './engine';

interface Wiring {
  file: MediaFile;
  /** Seconds. */
  startAt: number;
  say: (text: string) => void;
}

/** The engine of one file. What is learnt about the title later does not make another. */
export function useEngine(wiring: Wiring) {
  const [engine] = useState(() => new PlaybackEngine(wiring));
  return { engine, state: useSyncExternalStore(engine.subscribe, engine.state) };
}

/** Give it the element, for as long as both are there. */
export function useAttached(engine: PlaybackEngine, video: HTMLVideoElement | null): void {
  useEffect(() => {
    if (!video) return;
    engine.attach(video);
    return () => engine.detach();
  }, [engine, video]);
}

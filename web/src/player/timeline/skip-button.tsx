import { SkipForward } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';

import type { Marker } from '@/lib/api/playback';

import { usePlayback } from '../engine/context';
import { isClaimed } from '../use-player-keys';
import { finalCredits, markerAt, skipLabel } from './markers';
import './timeline.css';
import { useVideo } from './use-clock';

const NO_MARKERS: Marker[] = [];
/** Milliseconds after which the button leaves with the controls. */
const FRESH = 9000;

function useKeyS(action: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isClaimed(event)) return;
      if (event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [action]);
}

function Skip({ marker }: { marker: Marker }) {
  const { video, seek, say } = usePlayback();
  const [aged, setAged] = useState(false);
  const label = skipLabel(marker);
  const skip = useCallback(() => {
    seek(Math.min(marker.end, video?.duration || marker.end));
    say(label.replace('Skip', 'Skipped'));
  }, [marker, video, seek, say, label]);
  useKeyS(skip);
  useEffect(() => {
    const timer = setTimeout(() => setAged(true), FRESH);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="skip" data-aged={aged || undefined}>
      <button type="button" onClick={skip} className="skip-button" aria-keyshortcuts="S">
        <SkipForward aria-hidden className="size-5 fill-current" />
        {label}
        <kbd aria-hidden>S</kbd>
      </button>
      <p role="status" className="sr-only">
        {label}: press S
      </p>
    </div>
  );
}

/** Offer to leave out an intro, a recap or credits while they run. */
export function SkipButton({ hasNext }: { hasNext: boolean }) {
  const { video, answer } = usePlayback();
  const markers = answer?.markers ?? NO_MARKERS;
  const marker = useVideo(
    video,
    (at) => (at.ended ? null : markerAt(markers, at.currentTime)),
    null,
  );
  if (!marker) return null;
  // At the end of an episode the card of the next one stands here.
  if (hasNext && marker === finalCredits(markers, video?.duration ?? 0)) return null;
  return <Skip key={`${marker.kind} ${marker.start}`} marker={marker} />;
}

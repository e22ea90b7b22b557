import { SkipForward } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';

import type { Marker } from '@/lib/api/playback';

import { usePlayback } from '../engine/context';
import { finalCredits, markerAt, skipLabel } from './markers';
import './timeline.css';
import { useVideo } from './use-clock';
import { useKey } from './use-key';

const NO_MARKERS: Marker[] = [];
/** Milliseconds after which the button leaves with the controls. */
const FRESH = 9000;

function Skip({ marker }: { marker: Marker }) {
  const { video, seek, say } = usePlayback();
  const [aged, setAged] = useState(false);
  const label = skipLabel(marker);
  const skip = useCallback(() => {
    seek(Math.min(marker.end, video?.duration || marker.end));
    say(label.replace('Skip', 'Skipped'));
  }, [marker, video, seek, say, label]);
  useKey('s', skip);
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

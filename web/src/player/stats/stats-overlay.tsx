import { X } from 'lucide-react';
import { useEffect, useState } from 'react';

import { usePlayback } from '../engine/context';
import type { PlaybackEngine } from '../engine/engine';

import { readElement, statsRows } from './stats';

/** Milliseconds between two looks. */
const EVERY = 500;

interface StatsOverlayProps {
  engine: PlaybackEngine;
  onClose: () => void;
}

/** Figures over a corner of the picture. */
export function StatsOverlay({ engine, onClose }: StatsOverlayProps) {
  const { video } = usePlayback();
  const [rows, setRows] = useState<[string, string][]>([]);
  useEffect(() => {
    if (!video) return;
    const look = () => setRows(statsRows(readElement(video), engine.state(), engine.figures()));
    look();
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  }, [video, engine]);
  return (
    <section aria-label="Stats for nerds" className="player-stats">
      <button
        type="button"
        aria-label="Close stats"
        onClick={onClose}
        className="player-stats-close"
      >
        <X aria-hidden className="size-4" />
      </button>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

import { Play, RotateCcw, SkipForward } from 'lucide-react';
import { useEffect, useState } from 'react';

import type { Marker } from '@/lib/api/playback';
import type { Title } from '@/lib/api/types';
import { Button } from '@/ui/button';
import { Still } from '@/ui/wide-card';

import { usePlayback } from './engine/context';
import type { Upcoming } from './playlist';
import { stageAt, type Stage } from './timeline/markers';
import { useVideo } from './timeline/use-clock';

/** Seconds until the next episode starts by itself. */
const COUNT = 10;

const NO_MARKERS: Marker[] = [];

/** Seconds left of a countdown; it rests while it is not `running`. */
function useCountdown(running: boolean, onZero: () => void): number {
  const [left, setLeft] = useState(COUNT);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setLeft((now) => now - 1), 1000);
    return () => clearInterval(timer);
  }, [running]);
  useEffect(() => {
    if (left === 0) onZero();
  }, [left, onZero]);
  return Math.max(0, left);
}

interface NextCardProps {
  next: Upcoming;
  /** Whether the next one starts by itself, and whether that waits (the video is paused). */
  counts: boolean;
  waits: boolean;
  ended: boolean;
  onNext: () => void;
  onHide: () => void;
}

function NextCard({ next, counts, waits, ended, onNext, onHide }: NextCardProps) {
  const left = useCountdown(counts && !waits, onNext);
  return (
    <section
      aria-label="Next episode"
      className="glass-high absolute right-4 bottom-28 z-20 w-[min(22rem,calc(100%-2rem))] animate-rise overflow-hidden rounded-lg p-4 sm:right-8"
    >
      <div className="flex gap-4">
        <Still url={next.still} className="w-32 shrink-0 self-start" sizes="8rem" />
        <div className="min-w-0">
          <p className="eyebrow tabular-nums">
            {counts ? `${next.label} in ${left} s` : `Next · ${next.label}`}
          </p>
          <p className="mt-1 line-clamp-2 font-medium">{next.name}</p>
        </div>
      </div>
      <div className="mt-4 flex gap-2">
        <Button look="primary" size="sm" icon={Play} onClick={onNext} className="flex-1">
          Play now
        </Button>
        <Button look="quiet" size="sm" onClick={onHide}>
          {ended ? 'Stay here' : counts ? 'Watch credits' : 'Hide'}
        </Button>
      </div>
      {counts && (
        <div
          aria-hidden
          className="absolute inset-x-0 bottom-0 h-1 origin-left bg-glow transition-transform duration-1000 ease-linear"
          style={{ transform: `scaleX(${left / COUNT})` }}
        />
      )}
      <p role="status" className="sr-only">
        {counts
          ? `${next.label} ${next.name} starts in ${COUNT} seconds`
          : `Next: ${next.label} ${next.name}`}
      </p>
    </section>
  );
}

interface TheEndProps {
  title: Title;
  next: Upcoming | null;
  onNext: (() => void) | null;
  onAgain: () => void;
  onLeave: () => void;
}

function TheEnd({ title, next, onNext, onAgain, onLeave }: TheEndProps) {
  return (
    <div className="player-end pointer-events-none absolute inset-0 z-10 grid animate-fade place-items-center bg-black/55">
      <div className="pointer-events-auto flex flex-col items-center gap-4 px-4 text-center">
        <p className="font-display text-2xl font-semibold">{title.title}</p>
        <div className="flex flex-wrap justify-center gap-3">
          <Button icon={RotateCcw} onClick={onAgain}>
            Watch again
          </Button>
          {next && onNext && (
            <Button icon={SkipForward} onClick={onNext}>
              {next.label}
            </Button>
          )}
          <Button look="primary" onClick={onLeave}>
            Done
          </Button>
        </div>
      </div>
    </div>
  );
}

interface EndScreenProps {
  video: HTMLVideoElement | null;
  title: Title;
  next: Upcoming | null;
  onNext: (() => void) | null;
  onLeave: () => void;
}

/** What comes after: the next episode with a countdown that can be called off, or the way back. */
export function EndScreen({ video, title, next, onNext, onLeave }: EndScreenProps) {
  const { answer } = usePlayback();
  const markers = answer?.markers ?? NO_MARKERS;
  const stage = useVideo<Stage>(
    video,
    (at) => stageAt({ time: at.currentTime, duration: at.duration, ended: at.ended }, markers),
    'playing',
  );
  const paused = useVideo(video, (at) => at.paused && !at.ended, false);
  const [hidden, setHidden] = useState(false);
  if (stage === 'playing') return null;
  const ended = stage === 'ended';
  if (next && onNext && !hidden) {
    return (
      <NextCard
        key={stage}
        next={next}
        counts={stage !== 'closing'}
        waits={paused}
        ended={ended}
        onNext={onNext}
        onHide={() => setHidden(true)}
      />
    );
  }
  if (!ended) return null;
  return (
    <TheEnd
      title={title}
      next={next}
      onNext={onNext}
      onAgain={() => void video?.play()}
      onLeave={onLeave}
    />
  );
}

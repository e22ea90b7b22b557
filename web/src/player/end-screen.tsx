import { Play, RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';

import type { Title } from '@/lib/api/types';
import { Button } from '@/ui/button';
import { Still } from '@/ui/wide-card';

import type { Upcoming } from './playlist';

/** Seconds before the end at which the next episode is offered. */
const OFFER = 25;
/** Seconds after the end at which it starts by itself. */
const COUNT = 10;
/** A clip shorter than this, in seconds, is not talked into. */
const SHORT = 120;

type Stage = 'playing' | 'closing' | 'ended';

function useStage(video: HTMLVideoElement | null): Stage {
  const [stage, setStage] = useState<Stage>('playing');
  useEffect(() => {
    if (!video) return;
    const look = () => {
      const left = video.duration - video.currentTime;
      const closing = video.duration > SHORT && left < OFFER;
      setStage(video.ended ? 'ended' : closing ? 'closing' : 'playing');
    };
    const events = ['timeupdate', 'ended', 'seeking', 'play'];
    events.forEach((name) => video.addEventListener(name, look));
    return () => events.forEach((name) => video.removeEventListener(name, look));
  }, [video]);
  return stage;
}

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
  ended: boolean;
  onNext: () => void;
  onHide: () => void;
}

function NextCard({ next, ended, onNext, onHide }: NextCardProps) {
  const left = useCountdown(ended, onNext);
  return (
    <section
      aria-label="Next episode"
      className="glass-high absolute right-4 bottom-28 z-20 w-[min(22rem,calc(100%-2rem))] animate-rise rounded-lg p-4 sm:right-8"
    >
      <div className="flex gap-4">
        <Still url={next.still} className="w-32 shrink-0 self-start" sizes="8rem" />
        <div className="min-w-0">
          <p className="eyebrow">{ended ? `Next in ${left} s` : `Next · ${next.label}`}</p>
          <p className="mt-1 line-clamp-2 font-medium">{next.name}</p>
        </div>
      </div>
      <div className="mt-4 flex gap-2">
        <Button look="primary" size="sm" icon={Play} onClick={onNext} className="flex-1">
          Play now
        </Button>
        <Button look="quiet" size="sm" onClick={onHide}>
          {ended ? 'Stay here' : 'Hide'}
        </Button>
      </div>
      <p role="status" className="sr-only">
        {ended
          ? `${next.label} ${next.name} starts in ${COUNT} seconds`
          : `Next: ${next.label} ${next.name}`}
      </p>
    </section>
  );
}

interface EndScreenProps {
  video: HTMLVideoElement | null;
  title: Title;
  next: Upcoming | null;
  onNext: (() => void) | null;
  onLeave: () => void;
}

/** What comes after: the next episode with a countdown, or the way back. */
export function EndScreen({ video, title, next, onNext, onLeave }: EndScreenProps) {
  const stage = useStage(video);
  const [hidden, setHidden] = useState(false);
  if (stage === 'playing') return null;
  if (next && onNext && !hidden) {
    return (
      <NextCard
        key={stage}
        next={next}
        ended={stage === 'ended'}
        onNext={onNext}
        onHide={() => setHidden(true)}
      />
    );
  }
  if (stage !== 'ended') return null;
  return (
    <div className="pointer-events-none absolute inset-0 z-10 grid animate-fade place-items-center bg-black/55">
      <div className="pointer-events-auto flex flex-col items-center gap-4 text-center">
        <p className="font-display text-2xl font-semibold">{title.title}</p>
        <div className="flex gap-3">
          <Button icon={RotateCcw} onClick={() => void video?.play()}>
            Watch again
          </Button>
          <Button look="primary" onClick={onLeave}>
            Done
          </Button>
        </div>
      </div>
    </div>
  );
}

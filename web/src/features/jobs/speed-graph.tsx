import { useId } from 'react';

import type { Job } from '@/lib/api/jobs';
import { useSamples } from '@/lib/job-samples';
import { roughly } from '@/lib/format';
import { speedText } from '@/lib/job-words';

import { drawn, HEIGHT, summary, WIDTH } from './graph';

/** How fast a running job was since this page came to watch. */
export function SpeedGraph({ job }: { job: Job }) {
  const id = useId();
  const samples = useSamples(job.id);
  const graph = drawn(samples);
  const { now, most, mean, seconds } = summary(samples);
  const say = (speed: number) => speedText(job, speed);
  if (!graph) {
    return (
      <p className="grid h-36 place-items-center text-center text-sm text-faint">
        {job.state === 'running'
          ? 'The graph begins with the next figures.'
          : 'Shown while the job runs.'}
      </p>
    );
  }
  const told = `Speed over the last ${roughly(seconds)}: now ${say(now)}, at most ${say(most)}, ${say(mean)} on average.`;
  return (
    <figure>
      <div className="relative">
        <svg
          role="img"
          aria-label={told}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-36 w-full"
        >
          <defs>
            <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
              <stop offset="0" stopColor="var(--color-glow)" stopOpacity="0.35" />
              <stop offset="1" stopColor="var(--color-glow)" stopOpacity="0.02" />
            </linearGradient>
          </defs>
          {[0.25, 0.5, 0.75].map((share) => (
            <line
              key={share}
              x1="0"
              x2={WIDTH}
              y1={HEIGHT * share}
              y2={HEIGHT * share}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          <path d={graph.area} fill={`url(#${id})`} />
          <path
            d={graph.line}
            fill="none"
            className="stroke-glow"
            strokeWidth="2"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        <span
          aria-hidden
          className="absolute top-1 left-0 rounded-xs bg-night/60 px-1 text-2xs text-faint tabular-nums"
        >
          {say(graph.top)}
        </span>
      </div>
      <figcaption
        aria-hidden
        className="mt-2 flex justify-between gap-4 text-xs text-faint tabular-nums"
      >
        <span>{roughly(seconds)} ago</span>
        <span>
          mean {say(mean)} · most {say(most)}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

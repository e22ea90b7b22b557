import { useQuery } from '@tanstack/react-query';

import { jobLogQuery, type Job } from '@/lib/api/jobs';
import { clock } from '@/lib/format';
import { useNow } from '@/lib/hooks';
import { timedPhases, type TimedPhase } from '@/lib/job-phases';

function lasted(phase: TimedPhase, now: number): string {
  const running = phase.since ? Math.max(0, (now - new Date(phase.since).getTime()) / 1000) : 0;
  const seconds = phase.seconds + running;
  return seconds < 1 ? 'under 1 s' : clock(seconds);
}

/** The phases that a job went through, each with the time it took. */
export function PhaseTimes({ job }: { job: Job }) {
  const { data } = useQuery(jobLogQuery(job.id));
  const phases = timedPhases(job, data?.lines ?? []);
  const now = useNow(job.state === 'running');
  if (!phases.length) return <p className="text-sm text-faint">It has not begun.</p>;
  return (
    <ol className="divide-y divide-line text-sm">
      {phases.map((phase) => (
        <li key={phase.name} className="flex justify-between gap-4 py-1.5">
          <span className={phase.since ? 'font-medium text-glow' : 'text-soft'}>
            <span className="inline-block first-letter:uppercase">{phase.name}</span>
          </span>
          <span className="text-faint tabular-nums">{lasted(phase, now)}</span>
        </li>
      ))}
    </ol>
  );
}

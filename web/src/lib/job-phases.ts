/** The steps of a job in order, and when each was entered, out of what the registry tells. */
import type { Job, JobLogLine } from './api/jobs';

interface Stage {
  /** Short, for people. */
  label: string;
  /** The steps of the workflow that it stands for. */
  steps: readonly string[];
}

const LEECH: readonly Stage[] = [
  { label: 'Fetch', steps: ['downloading'] },
  { label: 'Unpack', steps: ['unpacking', 'choosing files'] },
  { label: 'Check', steps: ['hashing', 'checking the blocklist', 'probing'] },
  { label: 'Identify', steps: ['identifying'] },
  { label: 'Store', steps: ['storing', 'processing', 'putting it in quarantine'] },
  { label: 'Finish', steps: ['finishing', 'cleaning'] },
];

export interface ShownStage {
  label: string;
  state: 'done' | 'here' | 'ahead' | 'failed';
}

/** The track of a download's stages; empty for work that has none. */
export function stagesOf(job: Job): ShownStage[] {
  if (job.kind !== 'leech') return [];
  const at = LEECH.findIndex((stage) => stage.steps.includes(job.phase ?? ''));
  return LEECH.map(({ label }, index) => {
    if (job.state === 'done' || index < at) return { label, state: 'done' };
    if (index > at) return { label, state: 'ahead' };
    return { label, state: job.state === 'failed' ? 'failed' : 'here' };
  });
}

const ORDER = LEECH.flatMap((stage) => stage.steps);

export interface TimedPhase {
  name: string;
  /** Seconds that it took in all, over restarts. */
  seconds: number;
  /** RFC 3339, if it is what goes on now: since then more time passed. */
  since: string | null;
}

const secondsBetween = (from: string, to: string) =>
  Math.max(0, (new Date(to).getTime() - new Date(from).getTime()) / 1000);

/** The steps that a job's log says it entered, with the place of each line in the log. */
function entries(
  job: Job,
  lines: readonly JobLogLine[],
): { name: string; at: string; index: number }[] {
  const found = lines
    .map((line, index) => ({ name: line.text, at: line.at, index, level: line.level }))
    .filter((one) => one.level === 'info' && (ORDER.includes(one.name) || one.name === job.phase));
  return found.filter((one, place) => one.name !== found[place - 1]?.name);
}

/** The phases a job went through, in the order they were first entered, with the time each took. */
export function timedPhases(job: Job, lines: readonly JobLogLine[]): TimedPhase[] {
  const all = entries(job, lines);
  const over = job.finished_at ?? job.updated_at;
  const phases = new Map<string, TimedPhase>();
  all.forEach(({ name, at }, place) => {
    const next = all[place + 1];
    // After a pause or a crash the steps are gone through again: the time between does not count.
    const again = next && ORDER.indexOf(next.name) < ORDER.indexOf(name);
    const until = again ? lines[next.index - 1]?.at : next?.at;
    const here = !next && job.state === 'running';
    const before = phases.get(name)?.seconds ?? 0;
    const spent = here ? 0 : secondsBetween(at, until ?? over);
    phases.set(name, { name, seconds: before + spent, since: here ? at : null });
  });
  return [...phases.values()];
}

import type { Job } from './api/jobs';
import { bytes, count, plural, roughly } from './format';

const NAMES: Record<string, string> = {
  scan: 'Library scan',
  metadata: 'Fetching details',
  pictures: 'Making pictures',
  leech: 'Download',
  index: 'Reading media files',
  previews: 'Preview pictures',
  prepare: 'Preparing for playing',
};

export function jobName(job: Job): string {
  return (
    NAMES[job.kind] ?? job.kind.charAt(0).toUpperCase() + job.kind.slice(1).replaceAll('_', ' ')
  );
}

function underWay(job: Job): string {
  const items = job.items_total
    ? `${count(job.items_done ?? 0)} of ${count(job.items_total)}`
    : job.items_done
      ? count(job.items_done)
      : '';
  const moved = job.bytes_total ? `${bytes(job.bytes_done ?? 0)} of ${bytes(job.bytes_total)}` : '';
  const left = job.eta ? roughly(job.eta) : '';
  return [job.message ?? job.phase, items, moved, left].filter(Boolean).join(' · ');
}

const RESULTS: [string, string][] = [
  ['added', 'added'],
  ['updated', 'updated'],
  ['moved', 'moved'],
  ['missing', 'missing'],
  ['unchanged', 'unchanged'],
];

function outcome(job: Job): string {
  const result = job.result ?? {};
  const parts = RESULTS.filter(([key]) => typeof result[key] === 'number' && result[key] > 0).map(
    ([key, word]) => `${count(result[key] as number)} ${word}`,
  );
  const failed = Array.isArray(result.failed) ? result.failed.length : Number(result.failed) || 0;
  if (failed) parts.push(`${failed} unreadable`);
  const seconds = Number(result.seconds);
  if (parts.length && seconds) parts.push(`in ${roughly(seconds).replace('about ', '')}`);
  return parts.join(' · ') || (job.items_done ? plural(job.items_done, 'item') : '');
}

/** One line on how a job stands or ended. */
export function jobNote(job: Job): string {
  if (job.state === 'done') return outcome(job);
  if (job.state === 'failed' || job.state === 'cancelled') return '';
  return underWay(job);
}

import type { Job, JobState } from './api/jobs';
import { bytes, count, plural, roughly } from './format';

const NAMES: Record<string, string> = {
  scan: 'Library scan',
  metadata: 'Fetching details',
  pictures: 'Making pictures',
  leech: 'Download',
  index: 'Reading media files',
  previews: 'Preview pictures',
  prepare: 'Preparing for playing',
  mirror: 'Copying to a mirror',
  unmirror: 'Deleting a copy',
  scrub: 'Checking copies',
  housekeeping: 'Tidying up',
  takedown: 'Take-down',
  'telegram-index': 'Files forwarded in Telegram',
};

/** What sort of work it is. */
export function jobName(job: Job): string {
  if (job.kind === 'leech' && job.engine === 'upload') return 'Upload';
  return (
    NAMES[job.kind] ?? job.kind.charAt(0).toUpperCase() + job.kind.slice(1).replaceAll('_', ' ')
  );
}

function resultTitle(job: Job): string | null {
  const titles = job.result?.titles;
  if (!Array.isArray(titles)) return null;
  const names = titles.map((one) => String(one?.title ?? '')).filter(Boolean);
  const [first = null] = names;
  return names.length > 1 ? `${first} and ${plural(names.length - 1, 'more title')}` : first;
}

/** What the job is about, as people know it: its title, or whom it fetches from. */
export function jobSubject(job: Job, title?: string | null): string {
  const known = resultTitle(job) ?? title ?? job.about;
  if (known) return known;
  if (job.kind === 'leech' && job.source) return `${jobName(job)} from ${job.source}`;
  return jobName(job);
}

interface StateWord {
  label: string;
  tone: 'plain' | 'glow' | 'good' | 'warn' | 'bad';
}

const STATE_WORDS: Record<JobState, StateWord> = {
  queued: { label: 'Waiting', tone: 'plain' },
  running: { label: 'Running', tone: 'glow' },
  paused: { label: 'Paused', tone: 'warn' },
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'plain' },
};

/** The word for a job's state; a running one that was told to stop says so. */
export function stateWord(job: Job): StateWord {
  if (job.wanted === 'paused') return { label: 'Pausing…', tone: 'warn' };
  if (job.wanted === 'cancelled') return { label: 'Cancelling…', tone: 'plain' };
  return STATE_WORDS[job.state];
}

const ENGINES: Record<string, string> = {
  aria2: 'aria2',
  http: 'Plain HTTP',
  ytdlp: 'yt-dlp',
  upload: 'Upload',
  external: 'External program',
};

export const engineName = (engine: string) => ENGINES[engine] ?? engine;

/** "3.2 MB/s" where bytes are counted, "86 a second" where items are. */
export function speedText(job: Pick<Job, 'bytes_total' | 'bytes_done'>, speed: number): string {
  const inBytes = job.bytes_total !== null || job.bytes_done !== null;
  if (inBytes) return `${bytes(Math.round(speed))}/s`;
  return `${speed < 10 ? speed.toFixed(1) : count(Math.round(speed))} a second`;
}

/** "1.2 GB of 4.0 GB", "12 of 40", or nothing where nothing is counted. */
export function amountText(job: Job): string {
  if (job.bytes_total) return `${bytes(job.bytes_done ?? 0)} of ${bytes(job.bytes_total)}`;
  if (job.items_total) return `${count(job.items_done ?? 0)} of ${count(job.items_total)}`;
  if (job.bytes_done) return bytes(job.bytes_done);
  return job.items_done ? count(job.items_done) : '';
}

/** "12 peers, 4 seeds" */
export function peersText(job: Job): string {
  const { peers, seeds, connections } = (job.details ?? {}) as Record<string, unknown>;
  if (typeof peers === 'number') {
    return `${plural(peers, 'peer')}, ${plural(Number(seeds) || 0, 'seed')}`;
  }
  return typeof connections === 'number' && connections > 1
    ? plural(connections, 'connection')
    : '';
}

/**
 * What a job is doing and with what, without saying it twice: "Unpacking", "Downloading · aria2".
 * A download's messages and engine are those of fetching; in later steps they are old news.
 */
export function doingText(job: Job): string {
  const fetching = job.kind !== 'leech' || job.phase === 'downloading';
  const told = (fetching && job.message) || job.phase || job.message || '';
  const doing = told.replace(/\.$/, '');
  const engine = fetching && job.engine ? engineName(job.engine) : '';
  const said = doing.toLowerCase().includes(engine.toLowerCase());
  return [doing, said ? '' : engine].filter(Boolean).join(' · ');
}

/** Speed, time left and peers of a running job, in one line; the figures that are known. */
export function paceText(job: Job): string {
  if (job.state !== 'running') return '';
  const speed = job.speed ? speedText(job, job.speed) : '';
  const left = job.eta && job.eta > 0 ? `${roughly(job.eta)} left` : '';
  return [speed, left, peersText(job)].filter(Boolean).join(' · ');
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
  if (typeof result.submission === 'string') return 'Waits until an admin approves it';
  const parts = RESULTS.filter(([key]) => typeof result[key] === 'number' && result[key] > 0).map(
    ([key, word]) => `${count(result[key] as number)} ${word}`,
  );
  const failed = Array.isArray(result.failed) ? result.failed.length : Number(result.failed) || 0;
  if (failed) parts.push(`${failed} unreadable`);
  const seconds = Number(result.seconds);
  if (parts.length && seconds) parts.push(`in ${roughly(seconds).replace('about ', '')}`);
  if (!parts.length && Array.isArray(result.files)) return plural(result.files.length, 'file');
  return parts.join(' · ') || (job.items_done ? plural(job.items_done, 'item') : '');
}

/** One line on how a job stands or ended. */
export function jobNote(job: Job): string {
  if (job.state === 'done') return outcome(job);
  if (job.state === 'failed' || job.state === 'cancelled') return '';
  return underWay(job);
}

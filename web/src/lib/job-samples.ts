/** The speeds that the event stream told of running jobs, kept while this page is open. */
import { useSyncExternalStore } from 'react';

import type { Job } from './api/jobs';

export interface Sample {
  /** Milliseconds since 1970, by this browser's clock. */
  at: number;
  /** Bytes (or items) a second. */
  speed: number;
}

/** Samples kept of one job; with more, every second one goes. */
export const MOST_SAMPLES = 240;
const MOST_JOBS = 50;
/** Milliseconds between samples worth keeping. */
const LEAST_GAP = 400;

const NONE: readonly Sample[] = [];
const samples = new Map<string, readonly Sample[]>();
const watchers = new Set<() => void>();

/** Add a sample; a list that grows long is thinned, so that it covers the whole time. */
export function withSample(list: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = list.at(-1);
  if (last && sample.at - last.at < LEAST_GAP) return list;
  const next = [...list, sample];
  return next.length > MOST_SAMPLES ? next.filter((_, index) => index % 2 === 0) : next;
}

/** Note what an event said of a job's speed. */
export function noteSample(job: Job, now = Date.now()): void {
  if (job.state !== 'running') return;
  const list = samples.get(job.id) ?? NONE;
  samples.delete(job.id); // to the end: the first of the map is the one that was silent longest
  samples.set(job.id, withSample(list, { at: now, speed: job.speed ?? 0 }));
  const oldest = samples.keys().next().value;
  if (samples.size > MOST_JOBS && oldest !== undefined) samples.delete(oldest);
  watchers.forEach((watcher) => watcher());
}

export const useSamples = (jobId: string) =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => samples.get(jobId) ?? NONE,
  );

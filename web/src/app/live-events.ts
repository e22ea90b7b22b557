import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { refreshJobs, rememberJob, type Job } from '@/lib/api/jobs';
import { noteSample } from '@/lib/job-samples';
import { listen, type ServerEvent } from '@/lib/sse';
import { toast } from '@/ui/toast-store';

const LIBRARY_KEYS = [
  'titles',
  'title',
  'continue',
  'search',
  'review',
  'folders',
  'problems',
  'submissions',
  'copies',
  'uploads',
];
/** Milliseconds between refetches while a scan keeps changing the library. */
const CALM = 3000;

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Milliseconds between looks at the log of a job that is on the screen. */
const LOG_CALM = 1000;

/** Pages of a list that are fetched anew together; a list scrolled further down is left in peace. */
const MOST_PAGES = 3;

function isShort(query: Query): boolean {
  const held = query.state.data as { pages?: unknown[] } | undefined;
  return (held?.pages?.length ?? 0) <= MOST_PAGES;
}

function libraryRefresher(client: QueryClient): () => void {
  let waiting: ReturnType<typeof setTimeout> | null = null;
  return () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      for (const key of LIBRARY_KEYS) {
        void client.invalidateQueries({ queryKey: [key], predicate: isShort });
      }
    }, CALM);
  };
}

/** Ask for the log of a job again soon after it moved, if somebody looks at it. */
function logRefresher(client: QueryClient): (jobId: string) => void {
  const waiting = new Set<string>();
  return (jobId) => {
    if (waiting.has(jobId)) return;
    waiting.add(jobId);
    setTimeout(() => {
      waiting.delete(jobId);
      void client.invalidateQueries({ queryKey: ['job-log', jobId] });
    }, LOG_CALM);
  };
}

function receiver(client: QueryClient): (event: ServerEvent) => void {
  const refreshLibrary = libraryRefresher(client);
  const refreshLog = logRefresher(client);
  return ({ name, text }) => {
    const held = read(text);
    if (typeof held !== 'object' || held === null) return;
    if (name === 'job') {
      const job = held as Job;
      rememberJob(client, job);
      noteSample(job);
      refreshLog(job.id);
      if (job.state === 'done') refreshLibrary();
    } else if (name === 'library') {
      refreshLibrary();
    } else if (name === 'alert') {
      const { message, level } = held as { message?: string; level?: string };
      if ('submission' in held) void client.invalidateQueries({ queryKey: ['submissions'] });
      if (message) toast(message, { tone: level === 'info' ? 'plain' : 'bad' });
    }
  };
}

/** Follow the server while this tab is looked at. A hidden tab would hold a connection for nothing. */
export function useLiveEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const onEvent = receiver(client);
    const catchUp = () => {
      refreshJobs(client);
      void client.invalidateQueries({ queryKey: ['titles'] });
    };
    let stop: (() => void) | null = null;
    let wasHidden = false;
    const follow = () => {
      if (document.visibilityState === 'hidden') {
        stop?.();
        stop = null;
        wasHidden = true;
        return;
      }
      stop ??= listen('/api/events', { onEvent, onBack: catchUp });
      if (wasHidden) catchUp();
      wasHidden = false;
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop?.();
    };
  }, [client]);
}

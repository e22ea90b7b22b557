import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { jobsQuery, withJob, type Job } from '@/lib/api/jobs';
import { listen, type ServerEvent } from '@/lib/sse';
import { toast } from '@/ui/toast-store';

const LIBRARY_KEYS = ['titles', 'title', 'continue', 'search', 'review', 'folders', 'problems'];
/** Milliseconds between refetches while a scan keeps changing the library. */
const CALM = 3000;

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

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

function receiver(client: QueryClient): (event: ServerEvent) => void {
  const refreshLibrary = libraryRefresher(client);
  return ({ name, text }) => {
    const held = read(text);
    if (typeof held !== 'object' || held === null) return;
    if (name === 'job') {
      const job = held as Job;
      client.setQueryData(jobsQuery.queryKey, (page) => withJob(page, job));
      if (job.state === 'done') refreshLibrary();
    } else if (name === 'library') {
      refreshLibrary();
    } else if (name === 'alert') {
      const { message, level } = held as { message?: string; level?: string };
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
      void client.invalidateQueries({ queryKey: jobsQuery.queryKey });
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

/** The jobs that were begun in this tab, with what was asked for. They are forgotten with the tab. */
import { useSyncExternalStore } from 'react';

const KEY = 'shadow.followed-jobs';
const MOST = 30;

export interface Followed {
  id: string;
  /** The title that was given, or the link or file name. */
  label: string;
}

let held: Followed[] | null = null;
const watchers = new Set<() => void>();

function isFollowed(one: unknown): one is Followed {
  const { id, label } = (one ?? {}) as Partial<Followed>;
  return typeof id === 'string' && typeof label === 'string';
}

export function readFollowed(text: string | null): Followed[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isFollowed).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function all(): Followed[] {
  held ??= readFollowed(sessionStorage.getItem(KEY));
  return held;
}

function keep(next: Followed[]): void {
  held = next.slice(0, MOST);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // A full or forbidden store costs the memory over a reload only.
  }
  watchers.forEach((watcher) => watcher());
}

/** Put a job in front of those that are followed. */
export const follow = (job: Followed) => keep([job, ...all().filter((one) => one.id !== job.id)]);

export const unfollow = (id: string) => keep(all().filter((one) => one.id !== id));

/** What was asked for when a job was begun here, if it was. */
export const labelOf = (id: string): string | null =>
  all().find((one) => one.id === id)?.label ?? null;

export const useFollowed = () =>
  useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, all);

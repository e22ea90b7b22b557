import { useSyncExternalStore } from 'react';

export interface ToastItem {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  action?: { label: string; run: () => void };
  /** Milliseconds that it stays. */
  stays: number;
}

let items: ToastItem[] = [];
let serial = 0;
const watchers = new Set<() => void>();

function change(next: ToastItem[]) {
  items = next;
  watchers.forEach((watcher) => watcher());
}

type Wanted = Partial<Omit<ToastItem, 'id' | 'text'>>;

/** Tell something in passing. With an action (an undo) it stays longer. */
export function toast(text: string, wanted: Wanted = {}): number {
  serial += 1;
  const item = { tone: 'plain' as const, stays: wanted.action ? 9000 : 5000, ...wanted };
  change([...items.slice(-3), { ...item, id: serial, text }]);
  return serial;
}

export function dismissToast(id: number): void {
  change(items.filter((item) => item.id !== id));
}

export const useToasts = () =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => items,
  );

import type { Job } from '@/lib/api/jobs';

/** Waiting jobs as they will start: paused ones last, by priority, then the oldest first. */
export function inStartOrder(jobs: readonly Job[]): Job[] {
  return [...jobs].sort(
    (a, b) =>
      Number(a.state === 'paused') - Number(b.state === 'paused') ||
      b.priority - a.priority ||
      a.created_at.localeCompare(b.created_at),
  );
}

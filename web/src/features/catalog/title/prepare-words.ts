/** What is prepared of a title, in words and figures. */
import { shareDone, type Job } from '@/lib/api/jobs';
import type { Prepared, PreparedRendition } from '@/lib/api/prepared';
import { bytes, plural } from '@/lib/format';

export const renditionsOf = (prepared: Prepared | undefined): PreparedRendition[] =>
  prepared?.files.flatMap((file) => file.renditions) ?? [];

/** "720p, 480p ready · 1.4 GB" */
export function preparedNote(prepared: Prepared | undefined): string {
  const ready = renditionsOf(prepared).filter((one) => one.state === 'ready');
  // Sound is made along with the pictures, and goes without saying.
  const names = [...new Set(ready.map((one) => one.name))].filter((name) => /^\d/.test(name));
  if (!names.length) return '';
  const files = prepared?.files.filter((file) =>
    file.renditions.some((one) => one.state === 'ready'),
  );
  const size = ready.reduce((total, one) => total + one.bytes, 0);
  return [
    `${names.join(', ')} ready`,
    files && files.length > 1 && plural(files.length, 'file'),
    bytes(size),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How far it is: by the job's own count, else by the segments that are there. */
export function shareOf(job: Job | null, prepared: Prepared | undefined): number | null {
  const known = job && shareDone(job);
  if (known !== null) return known;
  const all = renditionsOf(prepared);
  const total = all.reduce((sum, one) => sum + one.segments, 0);
  return total ? all.reduce((sum, one) => sum + one.segments_done, 0) / total : null;
}

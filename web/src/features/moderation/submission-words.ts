import type { Submission, SubmittedFile } from '@/lib/api/types';
import { bytes, clock, plural } from '@/lib/format';

/** "1:32:10 · 1920×1080 · 4.2 GB" */
export function fileFacts(file: SubmittedFile): string {
  return [
    file.duration ? clock(file.duration) : '',
    file.width && file.height ? `${file.width}×${file.height}` : '',
    bytes(file.size),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** The name that an approval is offered with: "Heat (1995)". */
export const offeredTitle = (one: Pick<Submission, 'title' | 'year'>) =>
  one.year ? `${one.title} (${one.year})` : one.title;

/** "3 files · 12 GB" */
export function sizeOf(one: Submission): string {
  const total = one.files.reduce((sum, file) => sum + file.size, 0);
  return `${plural(one.files.length, 'file')} · ${bytes(total)}`;
}

/** A link with its signs as people read them, or the file name as it is. */
export function shownOrigin(origin: string): string {
  try {
    return decodeURI(origin);
  } catch {
    return origin;
  }
}

import { ago } from '@/lib/format';
import { jobNote } from '@/lib/job-words';

import { useLastScan } from './scans';

/** How the last scan went, said aloud when one ends. */
export function LastScan() {
  const job = useLastScan();
  return (
    <p role="status" className="mb-3 text-sm text-faint empty:hidden">
      {job?.state === 'done' && `Last scan ${ago(job.updated_at)}: ${jobNote(job)}.`}
      {job?.state === 'failed' && (
        <span className="text-bad">
          The last scan failed {ago(job.updated_at)}. {job.error}
        </span>
      )}
    </p>
  );
}

import { Download } from 'lucide-react';

import { shareDone } from '@/lib/api/jobs';
import { useArrivingJob } from '@/lib/arriving';

import { Progress } from './progress';

/** Over the poster of a title whose first file is on its way. */
export function ArrivingMark({ titleId }: { titleId: string }) {
  const job = useArrivingJob(titleId);
  const share = job ? shareDone(job) : null;
  return (
    <span className="absolute inset-x-0 top-0 z-10 block rounded-t-md bg-gradient-to-b from-night via-night/80 to-transparent px-2.5 pt-2.5 pb-8">
      <span className="mb-1.5 flex items-center gap-1.5 text-2xs font-semibold text-ink">
        <Download aria-hidden className="size-3 text-glow" />
        <span className="min-w-0 truncate">{job?.state === 'paused' ? 'Paused' : 'Arriving'}</span>
        {share !== null && (
          <span className="ml-auto whitespace-nowrap text-soft tabular-nums">
            {Math.floor(share * 100)} %
          </span>
        )}
      </span>
      <Progress thin share={share} label="On its way" />
    </span>
  );
}

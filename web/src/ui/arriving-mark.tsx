import { Download } from 'lucide-react';

import { shareDone } from '@/lib/api/jobs';
import { useArrivingJob } from '@/lib/arriving';

import { Progress } from './progress';

/** Over the poster of a title whose first file is on its way. */
export function ArrivingMark({ titleId }: { titleId: string }) {
  const job = useArrivingJob(titleId);
  const share = job ? shareDone(job) : null;
  return (
    <span className="absolute inset-x-0 bottom-0 z-10 block rounded-b-md bg-gradient-to-t from-night via-night/85 to-transparent px-3 pt-8 pb-3">
      <span className="mb-1.5 flex items-center gap-1.5 text-2xs font-semibold text-ink">
        <Download aria-hidden className="size-3 text-glow" />
        <span className="min-w-0 truncate">
          {job?.state === 'paused' ? 'Paused' : 'On its way'}
        </span>
        {share !== null && (
          <span className="ml-auto text-soft tabular-nums">{Math.floor(share * 100)} %</span>
        )}
      </span>
      <Progress thin share={share} label="On its way" />
    </span>
  );
}

import { Link } from '@tanstack/react-router';

import { shareDone } from '@/lib/api/jobs';
import { useArrivingJob } from '@/lib/arriving';
import { amountText, doingText, paceText } from '@/lib/job-words';
import { Progress } from '@/ui/progress';

/** How far the first file of a title is, for those who may know of its job. */
export function Arriving({ titleId }: { titleId: string }) {
  const job = useArrivingJob(titleId);
  if (!job) {
    return (
      <p className="mt-3 text-sm text-soft">Its file is being fetched. Come back in a while.</p>
    );
  }
  const figures = [amountText(job), paceText(job)].filter(Boolean).join(' · ') || doingText(job);
  return (
    <div className="mt-4 max-w-sm">
      <Progress share={shareDone(job)} label="On its way" />
      <p className="mt-2 flex flex-wrap gap-x-3 text-sm text-soft tabular-nums">
        {figures && <span>{figures}</span>}
        <Link
          to="/jobs/$id"
          params={{ id: job.id }}
          className="rounded-xs text-glow underline-offset-4 hover:underline"
        >
          Follow
        </Link>
      </p>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';

import { isActive, jobQuery, shareDone, type Job } from '@/lib/api/jobs';
import { unfollow, useFollowed, type Followed } from '@/lib/followed';
import { adviceFor } from '@/lib/job-advice';
import { amountText, doingText, jobNote, jobSubject, paceText, stateWord } from '@/lib/job-words';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/icon-button';
import { Progress } from '@/ui/progress';

function note(job: Job): string {
  if (job.state === 'queued') return 'Waits for its turn';
  if (!isActive(job)) return jobNote(job);
  return [doingText(job), amountText(job), paceText(job)].filter(Boolean).join(' · ');
}

const isOver = (job: Job) => !isActive(job) && job.state !== 'paused';

function Standing({ job }: { job: Job }) {
  return (
    <>
      <p className="mt-0.5 text-xs text-faint tabular-nums first-letter:uppercase">{note(job)}</p>
      {job.error && (
        <p className="mt-1 text-sm break-words text-bad">
          {job.error} <span className="text-soft">{adviceFor(job.error_code)}</span>
        </p>
      )}
    </>
  );
}

function OpenTitle({ job }: { job: Job }) {
  if (!job.title_id || job.state !== 'done') return null;
  return (
    <Link
      to="/title/$id"
      params={{ id: job.title_id }}
      className="rounded-full px-3 py-2 text-sm font-semibold text-glow transition hover:bg-pane-strong"
    >
      Open
    </Link>
  );
}

function FollowedLine({ followed }: { followed: Followed }) {
  // Events bring changes at once to those who may hear of them; for others it is asked.
  const { data: job, isError } = useQuery({
    ...jobQuery(followed.id),
    retry: false,
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 4000),
  });
  const name = job ? jobSubject(job, followed.label) : followed.label;
  return (
    <li className="card p-4 pr-2">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2.5">
            <Link
              to="/jobs/$id"
              params={{ id: followed.id }}
              className="min-w-0 rounded-xs text-sm font-medium break-words underline-offset-4 hover:underline"
            >
              {name}
            </Link>
            {job && <Badge tone={stateWord(job).tone}>{stateWord(job).label}</Badge>}
          </p>
          {job && <Standing job={job} />}
        </div>
        {job && <OpenTitle job={job} />}
        {(isError || (job && isOver(job))) && (
          <IconButton icon={X} label={`Clear: ${name}`} onClick={() => unfollow(followed.id)} />
        )}
      </div>
      {job && isActive(job) && (
        <Progress
          thin
          share={job.state === 'queued' ? 0 : shareDone(job)}
          label={`Progress of ${name}`}
          className="mt-3 mr-2 w-auto!"
        />
      )}
    </li>
  );
}

/** What was added in this tab, and how it stands. */
export function FollowedJobs() {
  const followed = useFollowed();
  if (!followed.length) return null;
  return (
    <section aria-labelledby="followed" className="mb-10">
      <h2 id="followed" className="mb-4 text-lg">
        Just added
      </h2>
      <ul className="space-y-3">
        {followed.map((one) => (
          <FollowedLine key={one.id} followed={one} />
        ))}
      </ul>
    </section>
  );
}

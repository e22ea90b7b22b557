import { Link } from '@tanstack/react-router';

import { shareDone, type Job } from '@/lib/api/jobs';
import { ago } from '@/lib/format';
import { adviceFor } from '@/lib/job-advice';
import { amountText, doingText, jobName, jobNote, paceText } from '@/lib/job-words';
import { CheckBox } from '@/ui/check-box';
import { cx } from '@/ui/cx';
import { Progress } from '@/ui/progress';

import { JobBadge } from './job-badge';
import { JobButtons } from './job-buttons';
import { PhaseTrack } from './phase-track';
import { useSubject } from './use-subject';

interface JobLineProps {
  job: Job;
  chosen: boolean;
  /** Absent for those who may not act on several at once. */
  onChoose?: (chosen: boolean) => void;
}

function Trouble({ job }: { job: Job }) {
  const advice = adviceFor(job.error_code);
  return (
    <div className="mt-1.5 text-sm">
      <p className="break-words text-bad">{job.error}</p>
      {advice && <p className="mt-0.5 text-soft">{advice}</p>}
    </div>
  );
}

/** What is known of how a job moves: what it does, with what, how much, how fast. */
function Figures({ job }: { job: Job }) {
  const moving = job.state === 'running' || job.state === 'paused';
  const parts = moving ? [doingText(job), amountText(job), paceText(job)] : [];
  const text = parts.filter(Boolean).join(' · ');
  if (!text) return null;
  return (
    <p className="mt-1 text-sm break-words text-soft tabular-nums first-letter:uppercase">{text}</p>
  );
}

function Where({ job, subject }: { job: Job; subject: string }) {
  const kind = subject.startsWith(jobName(job)) ? '' : jobName(job);
  const priority = job.state === 'queued' && job.priority ? `priority ${job.priority}` : '';
  const outcome = job.state === 'done' ? jobNote(job) : '';
  const when = ago(job.finished_at ?? job.created_at);
  const parts = [kind, priority, outcome, when].filter(Boolean);
  return <span className="text-xs text-faint">{parts.join(' · ')}</span>;
}

export function JobLine({ job, chosen, onChoose }: JobLineProps) {
  const subject = useSubject(job);
  const begun = job.state === 'running' || job.state === 'paused';
  return (
    <li className="card p-4 pr-2 transition hover:border-line-strong">
      <div className="flex items-start gap-2 sm:gap-3">
        {onChoose && (
          <CheckBox
            label={`Select ${subject}`}
            checked={chosen}
            onChange={onChoose}
            className="-my-2 -ml-2"
          />
        )}
        <p className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-1 pt-0.5">
          <Link
            to="/jobs/$id"
            params={{ id: job.id }}
            className="min-w-0 rounded-xs font-medium wrap-anywhere underline-offset-4 hover:underline"
          >
            {subject}
          </Link>
          <JobBadge job={job} />
          <Where job={job} subject={subject} />
        </p>
        <div className="-my-2 flex shrink-0">
          <JobButtons job={job} name={subject} />
        </div>
      </div>
      <div className={cx('mr-2', onChoose && 'sm:ml-12')}>
        <Figures job={job} />
        {job.error && job.state !== 'done' && <Trouble job={job} />}
        {begun && (
          <div className="mt-3 space-y-2">
            <Progress share={shareDone(job)} label={`Progress of ${subject}`} />
            <PhaseTrack job={job} small />
          </div>
        )}
      </div>
    </li>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pause, Play, RotateCw, X, type LucideIcon } from 'lucide-react';

import { messageOf } from '@/lib/api/client';
import {
  isActive,
  jobsQuery,
  shareDone,
  steerJob,
  withJob,
  type Job,
  type JobState,
  type JobVerb,
} from '@/lib/api/jobs';
import { ago } from '@/lib/format';
import { jobName, jobNote } from '@/lib/job-words';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/icon-button';
import { Progress } from '@/ui/progress';
import { toast } from '@/ui/toast-store';

const STATES: Record<
  JobState,
  { label: string; tone: 'plain' | 'glow' | 'good' | 'warn' | 'bad' }
> = {
  queued: { label: 'Waiting', tone: 'plain' },
  running: { label: 'Running', tone: 'glow' },
  paused: { label: 'Paused', tone: 'warn' },
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'plain' },
};

interface Step {
  verb: JobVerb;
  icon: LucideIcon;
  label: string;
}

const CANCEL: Step = { verb: 'cancel', icon: X, label: 'Cancel' };
const STEPS: Record<JobState, Step[]> = {
  queued: [CANCEL],
  running: [{ verb: 'pause', icon: Pause, label: 'Pause' }, CANCEL],
  paused: [{ verb: 'resume', icon: Play, label: 'Resume' }, CANCEL],
  done: [],
  failed: [{ verb: 'retry', icon: RotateCw, label: 'Try again' }],
  cancelled: [{ verb: 'retry', icon: RotateCw, label: 'Start again' }],
};

function Buttons({ job }: { job: Job }) {
  const client = useQueryClient();
  const steer = useMutation({
    mutationFn: (verb: JobVerb) => steerJob(job.id, verb),
    onSuccess: (next) => {
      if (next?.id) client.setQueryData(jobsQuery.queryKey, (page) => withJob(page, next));
      void client.invalidateQueries({ queryKey: jobsQuery.queryKey });
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  return STEPS[job.state].map((step) => (
    <IconButton
      key={step.verb}
      icon={step.icon}
      label={`${step.label}: ${jobName(job)}`}
      disabled={steer.isPending}
      onClick={() => steer.mutate(step.verb)}
    />
  ));
}

export function JobLine({ job }: { job: Job }) {
  const { label, tone } = STATES[job.state];
  const note = jobNote(job);
  return (
    <li className="card p-4 pr-2 pl-5">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2.5">
            {job.title_id ? (
              <Link
                to="/title/$id"
                params={{ id: job.title_id }}
                className="rounded-xs font-medium underline-offset-4 hover:underline"
              >
                {jobName(job)}
              </Link>
            ) : (
              <span className="font-medium">{jobName(job)}</span>
            )}
            <Badge tone={tone}>{label}</Badge>
            <span className="text-xs text-faint">{ago(job.updated_at)}</span>
          </p>
          {note && <p className="mt-1 text-sm text-soft tabular-nums">{note}</p>}
          {job.error && job.state !== 'done' && (
            <p className="mt-1 text-sm text-bad">{job.error}</p>
          )}
        </div>
        <Buttons job={job} />
      </div>
      {(isActive(job) || job.state === 'paused') && (
        <Progress
          share={job.state === 'queued' ? 0 : shareDone(job)}
          label={jobName(job)}
          className="mt-3 mr-3 w-auto!"
        />
      )}
    </li>
  );
}

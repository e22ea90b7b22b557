import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Play, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';

import { isStatus } from '@/lib/api/client';
import { isActive, jobQuery, shareDone, type Job } from '@/lib/api/jobs';
import { useDocumentTitle } from '@/lib/hooks';
import { adviceFor } from '@/lib/job-advice';
import { useSamples } from '@/lib/job-samples';
import { amountText, doingText, jobName, jobNote, paceText } from '@/lib/job-words';
import { ButtonLink } from '@/ui/button';
import { Page } from '@/ui/page';
import { Progress } from '@/ui/progress';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';

import { JobBadge } from './job-badge';
import { JobButtons } from './job-buttons';
import { JobFacts } from './job-facts';
import { JobLogSection } from './job-log';
import { PhaseTimes } from './phase-times';
import { PhaseTrack } from './phase-track';
import { PriorityChoice } from './priority-choice';
import { SpeedGraph } from './speed-graph';
import { useIsEditor } from './steering';
import { useSubject } from './use-subject';

const route = getRouteApi('/signed-in/shell/jobs/$id');

function BackLink() {
  return (
    <Link
      to="/settings/jobs"
      className="mb-4 inline-flex items-center gap-1.5 rounded-sm text-sm text-soft transition hover:text-ink"
    >
      <ArrowLeft aria-hidden className="size-4" /> All jobs
    </Link>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card min-w-0 p-5">
      <h2 className="mb-3 text-base">{title}</h2>
      {children}
    </section>
  );
}

function Outcome({ job }: { job: Job }) {
  if (job.state === 'done') {
    const note = jobNote(job);
    return note ? <p className="text-good first-letter:uppercase">{note}</p> : null;
  }
  if (!job.error) return null;
  const advice = adviceFor(job.error_code);
  return (
    <div role="alert" className="rounded-md border border-bad/30 bg-bad/8 p-4 text-sm">
      <p className="break-words text-bad">{job.error}</p>
      {advice && <p className="mt-1 text-soft">{advice}</p>}
    </div>
  );
}

/** How far it is, in a bar and in figures. */
function Standing({ job, subject }: { job: Job; subject: string }) {
  const share = job.state === 'queued' ? 0 : shareDone(job);
  const open = isActive(job) || job.state === 'paused';
  return (
    <section aria-label="Progress" className="card mb-4 space-y-4 p-5">
      {open && (
        <div>
          <div className="mb-2 flex items-baseline justify-between gap-4">
            <p className="min-w-0 text-sm break-words text-soft first-letter:uppercase">
              {doingText(job) || 'Waits for its turn'}
            </p>
            {share !== null && (
              <p className="font-display text-xl font-bold tabular-nums">
                {Math.floor(share * 100)} %
              </p>
            )}
          </div>
          <Progress share={share} label={`Progress of ${subject}`} />
          <p className="mt-2 text-sm text-faint tabular-nums">
            {[amountText(job), paceText(job)].filter(Boolean).join(' · ') || '\u00a0'}
          </p>
        </div>
      )}
      <PhaseTrack job={job} />
      <Outcome job={job} />
    </section>
  );
}

function Loaded({ job }: { job: Job }) {
  const subject = useSubject(job);
  const isEditor = useIsEditor();
  const moves = useSamples(job.id).length > 0 || job.state === 'running';
  useDocumentTitle(subject);
  const fresh = job.state === 'done' && job.title_id;
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-2.5">
        <JobBadge job={job} />
        {!subject.startsWith(jobName(job)) && (
          <span className="text-sm text-faint">{jobName(job)}</span>
        )}
        <div className="ml-auto flex flex-wrap items-center gap-2 max-sm:w-full">
          {isEditor && (job.state === 'queued' || job.state === 'paused') && (
            <PriorityChoice job={job} />
          )}
          <JobButtons job={job} name={subject} large />
          {fresh && (
            <ButtonLink look="primary" icon={Play} to="/title/$id" params={{ id: fresh }}>
              Open the title
            </ButtonLink>
          )}
        </div>
      </div>
      <Standing job={job} subject={subject} />
      <div className="mb-10 grid items-start gap-4 lg:grid-cols-[3fr_2fr]">
        <div className="min-w-0 space-y-4">
          {moves && (
            <Card title="Speed">
              <SpeedGraph job={job} />
            </Card>
          )}
          <Card title="Phases">
            <PhaseTimes job={job} />
          </Card>
        </div>
        <Card title="Details">
          <JobFacts job={job} />
        </Card>
      </div>
      <JobLogSection job={job} />
    </>
  );
}

/** One job: how it stands, what it did, and what can be done about it. */
export function JobPage() {
  const { id } = route.useParams();
  const job = useQuery({ ...jobQuery(id), refetchInterval: 15_000 });
  const missing = isStatus(job.error, 404);
  return (
    <Page title={job.data ? <Heading job={job.data} /> : 'Job'} above={<BackLink />}>
      <div className="max-w-5xl">
        {job.isPending && <ListSkeleton lines={3} />}
        {job.isLoadingError &&
          (missing ? (
            <EmptyState icon={SearchX} title="There is no such job">
              <p>Old jobs are cleared from the list after a while.</p>
            </EmptyState>
          ) : (
            <ErrorState error={job.error} retry={() => void job.refetch()} />
          ))}
        {job.data && <Loaded key={id} job={job.data} />}
      </div>
    </Page>
  );
}

function Heading({ job }: { job: Job }) {
  return <span className="break-words">{useSubject(job)}</span>;
}

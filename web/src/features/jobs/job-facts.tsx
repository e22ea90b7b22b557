import type { Job } from '@/lib/api/jobs';
import { moment } from '@/lib/format';
import { engineName, peersText } from '@/lib/job-words';

/** What else is known of a job. */
export function JobFacts({ job }: { job: Job }) {
  const facts: [string, string | null][] = [
    ['Engine', job.engine && engineName(job.engine)],
    [job.details?.peers === undefined ? 'Line' : 'Peers', peersText(job) || null],
    ['From', job.source || null],
    ['Worker', job.worker],
    ['Asked for', moment(job.created_at)],
    ['Ended', job.finished_at && moment(job.finished_at)],
    ['Number', job.id],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-faint">{name}</dt>
            <dd className="min-w-0 text-right wrap-anywhere text-soft">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

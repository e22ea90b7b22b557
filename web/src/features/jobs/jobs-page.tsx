import { useQuery } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';

import { isActive, jobsQuery } from '@/lib/api/jobs';
import { plural } from '@/lib/format';
import { useDocumentTitle } from '@/lib/hooks';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';

import { JobLine } from './job-line';

export function JobsPage() {
  useDocumentTitle('Jobs');
  const jobs = useQuery(jobsQuery);
  const items = jobs.data?.items ?? [];
  const groups = [
    { name: 'Under way', jobs: items.filter((job) => isActive(job) || job.state === 'paused') },
    { name: 'Earlier', jobs: items.filter((job) => !isActive(job) && job.state !== 'paused') },
  ].filter((group) => group.jobs.length > 0);
  if (jobs.isPending) return <ListSkeleton lines={4} />;
  if (jobs.isLoadingError)
    return <ErrorState error={jobs.error} retry={() => void jobs.refetch()} />;
  if (!groups.length) {
    return (
      <EmptyState icon={ListChecks} title="No jobs">
        <p>Scans and other work in the background are listed here.</p>
      </EmptyState>
    );
  }
  const older = jobs.data.total - items.length;
  return groups.map((group, index) => (
    <Section key={group.name} title={group.name}>
      <ul className="space-y-3">
        {group.jobs.map((job) => (
          <JobLine key={job.id} job={job} />
        ))}
      </ul>
      {older > 0 && index === groups.length - 1 && (
        <p className="mt-4 text-sm text-faint">and {plural(older, 'older job')}</p>
      )}
    </Section>
  ));
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { FileWarning } from 'lucide-react';

import { problemsQuery } from '@/lib/api/ingest';
import type { Problem } from '@/lib/api/types';
import { plural } from '@/lib/format';
import { Section } from '@/ui/page';
import { ShowMore } from '@/ui/show-more';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';

function ProblemList({ items }: { items: Problem[] }) {
  return (
    <ul className="card divide-y divide-line">
      {items.map((problem) => (
        <li key={problem.file_id} className="flex gap-4 px-5 py-3.5">
          <FileWarning aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
          <div className="min-w-0">
            <p className="text-sm break-all">{problem.path}</p>
            <p className="mt-0.5 text-sm text-faint">{problem.error}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Files that could not be read, and why. */
export function Problems() {
  const problems = useInfiniteQuery(problemsQuery);
  const pages = problems.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const total = pages.at(0)?.total ?? 0;
  return (
    <Section
      title="Problems"
      note={total ? `${plural(total, 'file')} could not be read as media` : undefined}
    >
      {problems.isPending && <ListSkeleton lines={2} />}
      {problems.isLoadingError && (
        <ErrorState
          error={problems.error}
          retry={() => void problems.refetch()}
          className="py-8!"
        />
      )}
      {problems.isSuccess && items.length === 0 && (
        <p className="card px-5 py-6 text-center text-sm text-faint">Every file could be read.</p>
      )}
      {items.length > 0 && <ProblemList items={items} />}
      <ShowMore query={problems} />
    </Section>
  );
}

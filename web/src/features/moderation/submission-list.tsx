import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { submissionsQuery, type SubmissionState } from '@/lib/api/moderation';
import type { Submission } from '@/lib/api/types';
import { ShowMore } from '@/ui/show-more';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';

interface SubmissionListProps {
  state?: SubmissionState;
  draw: (one: Submission) => ReactNode;
  empty: ReactNode;
}

/** Submissions of a state, page by page. */
export function SubmissionList({ state, draw, empty }: SubmissionListProps) {
  const query = useInfiniteQuery(submissionsQuery(state));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) return <ListSkeleton />;
  if (query.isLoadingError) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  }
  if (!items.length) return empty;
  return (
    <>
      <ul className="space-y-4">{items.map(draw)}</ul>
      <ShowMore query={query} />
    </>
  );
}

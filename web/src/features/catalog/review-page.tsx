import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, PartyPopper, Pencil, ScanSearch } from 'lucide-react';
import { useState } from 'react';

import { acceptReview, reviewQuery, titleQuery } from '@/lib/api/catalog';
import { messageOf } from '@/lib/api/client';
import type { ReviewItem } from '@/lib/api/types';
import { plural } from '@/lib/format';
import { useDocumentTitle } from '@/lib/hooks';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Section } from '@/ui/page';
import { PosterArt } from '@/ui/poster-art';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

import { EditDialog } from './edit-dialog';
import { MatchDialog } from './match-dialog';

const FILES_SHOWN = 3;

function Edit({ id, onClose }: { id: string; onClose: () => void }) {
  const title = useQuery(titleQuery(id));
  return title.data ? <EditDialog title={title.data} onClose={onClose} /> : null;
}

function Files({ paths }: { paths: string[] }) {
  const more = paths.length - FILES_SHOWN;
  return (
    <ul className="mt-2 space-y-0.5">
      {paths.slice(0, FILES_SHOWN).map((path) => (
        <li key={path} className="font-mono text-xs break-all text-faint">
          {path}
        </li>
      ))}
      {more > 0 && (
        <li className="text-xs text-faint">and {plural(more, 'more file', 'more files')}</li>
      )}
    </ul>
  );
}

function Doubt({ item }: { item: ReviewItem }) {
  const client = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'match' | null>(null);
  const accept = useMutation({
    mutationFn: () => acceptReview(item.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['review'] });
      void client.invalidateQueries({ queryKey: ['title', item.id] });
      toast(`“${item.title}” stays as it is.`, { tone: 'good' });
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  const close = () => setOpen(null);
  return (
    <li className="card flex gap-4 p-4 max-sm:flex-col">
      <div className="flex min-w-0 flex-1 gap-4">
        <Link
          to="/title/$id"
          params={{ id: item.id }}
          className="w-16 shrink-0 self-start rounded-md sm:w-20"
        >
          <PosterArt card={item} sizes="5rem" />
          <span className="sr-only">{item.title}</span>
        </Link>
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="font-medium">{item.title}</span>
            {item.year && <span className="text-sm text-faint">{item.year}</span>}
            {item.review === 'unmatched' ? (
              <Badge tone="warn">No match</Badge>
            ) : (
              <Badge tone="glow">{Math.round(item.confidence * 100)} % sure</Badge>
            )}
          </p>
          {item.reason && <p className="mt-1 text-sm text-soft">{item.reason}</p>}
          <Files paths={item.files} />
        </div>
      </div>
      <div className="flex items-center gap-2 self-center max-sm:w-full max-sm:gap-0.5 max-sm:*:px-3">
        <Button size="sm" icon={ScanSearch} onClick={() => setOpen('match')}>
          Fix match
        </Button>
        <Button size="sm" look="quiet" icon={Pencil} onClick={() => setOpen('edit')}>
          Edit
        </Button>
        <Button
          size="sm"
          look="quiet"
          icon={Check}
          busy={accept.isPending}
          onClick={() => accept.mutate()}
        >
          Accept
        </Button>
      </div>
      {open === 'match' && <MatchDialog title={item} onClose={close} />}
      {open === 'edit' && <Edit id={item.id} onClose={close} />}
    </li>
  );
}

export function ReviewPage() {
  useDocumentTitle('Review');
  const review = useInfiniteQuery(reviewQuery);
  const items = review.data?.pages.flatMap((page) => page.items) ?? [];
  const total = review.data?.pages[0]?.total ?? 0;
  return (
    <Section
      title="Review"
      note={total ? `${plural(total, 'title')} with a missing or doubtful match` : undefined}
    >
      {review.isPending && <ListSkeleton lines={4} />}
      {review.isLoadingError && (
        <ErrorState error={review.error} retry={() => void review.refetch()} />
      )}
      {review.isSuccess && items.length === 0 && (
        <EmptyState icon={PartyPopper} title="Nothing to review">
          <p>Every title is matched, or was accepted as it is.</p>
        </EmptyState>
      )}
      <ul className="space-y-3">
        {items.map((item) => (
          <Doubt key={item.id} item={item} />
        ))}
      </ul>
      {review.hasNextPage && (
        <div className="mt-6 text-center">
          <Button busy={review.isFetchingNextPage} onClick={() => void review.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Section>
  );
}

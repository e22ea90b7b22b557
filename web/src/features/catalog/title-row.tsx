import type { LinkProps } from '@tanstack/react-router';

import type { TitleCard } from '@/lib/api/types';
import { Poster, PosterSkeleton } from '@/ui/poster';
import { Row } from '@/ui/row';
import { Skeleton } from '@/ui/skeleton';

interface TitleRowProps {
  title: string;
  cards: TitleCard[];
  more?: Pick<LinkProps, 'to' | 'search'>;
}

/** A shelf of posters; nothing at all when there is nothing to show. */
export function TitleRow({ title, cards, more }: TitleRowProps) {
  if (!cards.length) return null;
  return (
    <Row title={title} more={more}>
      {cards.map((card) => (
        <Poster key={card.id} card={card} />
      ))}
    </Row>
  );
}

export function RowSkeleton() {
  return (
    <div className="gutter mb-10" role="status">
      <span className="sr-only">Loading…</span>
      <Skeleton className="mb-5 h-6 w-44" />
      <div className="flex gap-4 overflow-hidden">
        {Array.from({ length: 10 }, (_, index) => (
          <div key={index} className="w-[8.5rem] shrink-0 sm:w-[9.5rem] lg:w-[11.5rem]">
            <PosterSkeleton />
          </div>
        ))}
      </div>
    </div>
  );
}

import { Star } from 'lucide-react';
import type { ReactNode } from 'react';

import { plural, runtime } from '@/lib/format';
import type { TitleCard } from '@/lib/api/types';
import { cx } from '@/ui/cx';

interface FactsProps {
  card: TitleCard;
  certification?: string | null;
  children?: ReactNode;
  className?: string;
}

/** The line of figures under a title's name. */
export function Facts({ card, certification, children, className }: FactsProps) {
  const parts = [
    card.year,
    card.runtime_minutes ? runtime(card.runtime_minutes) : null,
    card.seasons ? plural(card.seasons, 'season') : null,
    card.genres.slice(0, 3).join(', '),
  ].filter(Boolean);
  return (
    <div
      className={cx('flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm text-soft', className)}
    >
      {card.rating !== null && (
        <span className="flex items-center gap-1 font-semibold text-ink">
          <Star aria-hidden className="size-4 fill-warn text-warn" />
          <span className="sr-only">Rated </span>
          {card.rating.toFixed(1)}
        </span>
      )}
      {certification && (
        <span className="rounded-xs border border-line-strong px-1.5 text-xs font-semibold text-ink">
          <span className="sr-only">Certificate </span>
          {certification}
        </span>
      )}
      {parts.map((part, index) => (
        <span key={index} className="flex items-center gap-3">
          {index > 0 && (
            <span aria-hidden className="size-1 rounded-full bg-faint/70 max-sm:hidden" />
          )}
          {part}
        </span>
      ))}
      {children}
    </div>
  );
}

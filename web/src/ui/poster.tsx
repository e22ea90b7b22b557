import { Link } from '@tanstack/react-router';
import { Star } from 'lucide-react';

import { runtime } from '@/lib/format';
import type { TitleCard } from '@/lib/api/types';

import { ArrivingMark } from './arriving-mark';
import { PosterArt } from './poster-art';

const POSTER_SIZES = '(max-width: 640px) 42vw, (max-width: 1100px) 22vw, 14rem';

/** What stands under a poster: "2019 · 1 h 52 min", "2021 · 3 seasons". */
export function factsLine(card: TitleCard): string {
  const length = card.runtime_minutes ? runtime(card.runtime_minutes) : null;
  const seasons = card.seasons
    ? `${card.seasons} ${card.seasons === 1 ? 'season' : 'seasons'}`
    : null;
  return [card.year, card.kind === 'show' ? seasons : length].filter(Boolean).join(' · ');
}

interface PosterProps {
  card: TitleCard;
  eager?: boolean;
  /** A line instead of the usual facts. */
  note?: string;
}

/** A title in a grid or a row. */
export function Poster({ card, eager, note }: PosterProps) {
  return (
    <Link
      to="/title/$id"
      params={{ id: card.id }}
      className="group block rounded-md focus-visible:shadow-none focus-visible:outline-none"
      data-card={card.id}
    >
      <span className="relative block transition duration-300 ease-glass group-hover:-translate-y-1 group-hover:shadow-float group-focus-visible:-translate-y-1 group-focus-visible:outline-2 group-focus-visible:outline-offset-3 group-focus-visible:outline-glow rounded-md">
        <PosterArt card={card} sizes={POSTER_SIZES} eager={eager} />
        {card.rating !== null && (
          <span className="glass absolute top-2 right-2 flex items-center gap-1 rounded-full px-2 py-0.5 text-2xs font-semibold opacity-0 transition duration-200 group-hover:opacity-100 group-focus-visible:opacity-100">
            <Star aria-hidden className="size-3 fill-warn text-warn" />
            <span className="sr-only">Rated </span>
            {card.rating.toFixed(1)}
          </span>
        )}
        {card.arriving && <ArrivingMark titleId={card.id} />}
      </span>
      <span className="mt-2.5 block truncate text-sm font-medium text-ink">{card.title}</span>
      <span className="block truncate text-xs text-faint">
        {note ?? (factsLine(card) || '\u00a0')}
      </span>
    </Link>
  );
}

/** A poster that is still on its way. */
export function PosterSkeleton() {
  return (
    <div aria-hidden>
      <div className="shimmer aspect-[2/3] rounded-md" />
      <div className="shimmer mt-3 h-3.5 w-4/5 rounded-full" />
      <div className="shimmer mt-2 h-3 w-2/5 rounded-full" />
    </div>
  );
}

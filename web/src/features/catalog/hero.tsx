import { useQuery } from '@tanstack/react-query';
import { Info, Play } from 'lucide-react';
import { useState } from 'react';

import { titleQuery } from '@/lib/api/catalog';
import { progressQuery } from '@/lib/api/streaming';
import type { TitleCard } from '@/lib/api/types';
import { ButtonLink } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Picture } from '@/ui/picture';
import { PosterArt } from '@/ui/poster-art';
import { Skeleton } from '@/ui/skeleton';

import { Facts } from './facts';

const SHOWN = 5;
const HEIGHT = 'h-[min(78dvh,44rem)] max-md:h-[min(74dvh,36rem)]';

function newest(cards: TitleCard[]): TitleCard[] {
  const byTime = [...cards].sort((one, other) => other.added_at.localeCompare(one.added_at));
  const pictured = byTime.filter((card) => card.backdrop);
  return (pictured.length ? pictured : byTime).slice(0, SHOWN);
}

function Backdrop({ card }: { card: TitleCard }) {
  return (
    <div key={card.id} className="absolute inset-0 animate-fade">
      {card.backdrop && (
        <Picture
          url={card.backdrop}
          colour={card.artwork?.colour}
          sizes="100vw"
          least={480}
          most={1920}
          eager
        />
      )}
      <div className="scrim-hero absolute inset-0" />
    </div>
  );
}

function Words({ card }: { card: TitleCard }) {
  const title = useQuery(titleQuery(card.id));
  const progress = useQuery(progressQuery(card.id));
  const next = progress.data?.next_file_id;
  return (
    <div key={card.id} className="max-w-2xl animate-rise">
      <p className="eyebrow mb-3 text-glow!">Recently added</p>
      <h2 className="font-display text-3xl font-bold [font-stretch:100%] sm:text-4xl lg:text-5xl">
        <span className="line-clamp-3 pb-[0.14em]">{card.title}</span>
      </h2>
      <Facts card={card} certification={title.data?.certification} className="mt-4" />
      {(title.isPending || title.data?.overview) && (
        <p className="mt-4 line-clamp-2 min-h-[2lh] max-w-xl text-sm text-pretty text-soft sm:line-clamp-3 sm:min-h-[3lh] sm:text-base">
          {title.data?.overview}
        </p>
      )}
      <div className="mt-5 flex flex-wrap gap-3">
        {next && (
          <ButtonLink
            look="primary"
            size="lg"
            icon={Play}
            to="/watch/$fileId"
            params={{ fileId: next }}
            search={{ title: card.id }}
          >
            Play
          </ButtonLink>
        )}
        <ButtonLink look="glass" size="lg" icon={Info} to="/title/$id" params={{ id: card.id }}>
          Details
        </ButtonLink>
      </div>
    </div>
  );
}

interface PickerProps {
  cards: TitleCard[];
  at: number;
  onPick: (index: number) => void;
}

function Picker({ cards, at, onPick }: PickerProps) {
  return (
    <ul className="ml-auto hidden gap-3 self-end lg:flex" aria-label="Featured titles">
      {cards.map((card, index) => (
        <li key={card.id}>
          <button
            type="button"
            aria-pressed={index === at}
            onClick={() => onPick(index)}
            className={cx(
              'block w-20 rounded-md transition duration-300 ease-glass xl:w-24',
              index === at
                ? '-translate-y-1.5 shadow-glow'
                : 'opacity-55 saturate-75 hover:-translate-y-1 hover:opacity-100',
            )}
          >
            <PosterArt card={card} sizes="6rem" />
            <span className="sr-only">{card.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The newest titles, large; one at a time, chosen by hand. */
export function Hero({ cards }: { cards: TitleCard[] }) {
  const shown = newest(cards);
  const [at, setAt] = useState(0);
  const card = shown[Math.min(at, shown.length - 1)];
  if (!card) return null;
  return (
    <section aria-label="Recently added" className={cx('relative overflow-hidden', HEIGHT)}>
      <Backdrop card={card} />
      <div className="gutter relative flex h-full items-end gap-8 pb-14">
        <Words card={card} />
        {shown.length > 1 && <Picker cards={shown} at={at} onPick={setAt} />}
      </div>
    </section>
  );
}

export function HeroSkeleton() {
  return (
    <div className={cx('gutter flex flex-col justify-end pb-14', HEIGHT)} role="status">
      <span className="sr-only">Loading…</span>
      <Skeleton className="h-4 w-28" />
      <Skeleton className="mt-4 h-14 w-[min(90%,32rem)]" />
      <Skeleton className="mt-5 h-4 w-64" />
      <Skeleton className="mt-6 h-16 w-[min(100%,36rem)]" />
      <Skeleton className="mt-6 h-12 w-40 rounded-full" />
    </div>
  );
}

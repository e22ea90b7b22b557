import { useState } from 'react';

import { hueOf } from '@/lib/images';
import type { TitleCard } from '@/lib/api/types';

import { cx } from './cx';
import { Picture } from './picture';

/** Lettering shrinks as the longest word grows, so that no word breaks. Sizes are shares of the width. */
function letteringSize(title: string): string {
  const longest = Math.max(...title.split(/\s+/).map((word) => word.length));
  const byWord = 150 / Math.max(longest, 4);
  const byLength = title.length > 34 ? 12 : title.length > 18 ? 15 : 19;
  return `${Math.min(byWord, byLength).toFixed(1)}cqw`;
}

function Lettering({
  card,
  className,
}: {
  card: Pick<TitleCard, 'title' | 'year'>;
  className?: string;
}) {
  return (
    <span
      aria-hidden
      className={cx('absolute inset-x-[8%] bottom-[8%] block text-left', className)}
    >
      <span
        className="lettering line-clamp-5 block text-white [text-shadow:0_2px_18px_rgb(0_0_0/0.55)]"
        style={{ fontSize: letteringSize(card.title) }}
      >
        {card.title}
      </span>
      {card.year && (
        <span className="mt-[4cqw] block text-[max(0.6rem,5.4cqw)] font-semibold tracking-[0.18em] text-white/75">
          {card.year}
        </span>
      )}
    </span>
  );
}

/** The card of a title that has no picture: a dark gradient in a colour of its own. */
function BlankPoster({ card }: { card: Pick<TitleCard, 'title' | 'year'> }) {
  const hue = hueOf(card.title);
  return (
    <span
      className="absolute inset-0"
      style={{
        background: `radial-gradient(90% 60% at 85% 8%, hsl(${hue} 60% 46% / 0.75), transparent 70%),
          radial-gradient(80% 60% at 0% 100%, hsl(${(hue + 70) % 360} 55% 34% / 0.7), transparent 75%),
          linear-gradient(160deg, hsl(${hue} 30% 14%), hsl(${(hue + 40) % 360} 34% 7%))`,
      }}
    >
      <svg
        aria-hidden
        viewBox="0 0 100 100"
        className="absolute -top-[12%] -right-[22%] w-[85%] text-white/10"
      >
        <circle cx="50" cy="50" r="38" fill="none" stroke="currentColor" strokeWidth="0.7" />
        <circle cx="50" cy="50" r="28" fill="none" stroke="currentColor" strokeWidth="0.7" />
        <circle cx="50" cy="50" r="18" fill="none" stroke="currentColor" strokeWidth="0.7" />
      </svg>
      <Lettering card={card} />
    </span>
  );
}

interface PosterArtProps {
  card: Pick<TitleCard, 'title' | 'year' | 'artwork'>;
  sizes: string;
  eager?: boolean;
  className?: string;
}

/** A poster's face in 2:3: the artwork, a film frame with the title set over it, or a designed blank. */
export function PosterArt({ card, sizes, eager, className }: PosterArtProps) {
  const [failed, setFailed] = useState(false);
  const art = failed ? null : card.artwork;
  return (
    <span
      className={cx(
        'poster-glint @container relative block aspect-[2/3] overflow-hidden rounded-md bg-well',
        className,
      )}
    >
      {art ? (
        <Picture
          url={art.url}
          colour={art.colour}
          sizes={sizes}
          eager={eager}
          onFailed={() => setFailed(true)}
        />
      ) : (
        <BlankPoster card={card} />
      )}
      {art?.generated && (
        <>
          <span
            aria-hidden
            className="absolute inset-0 bg-gradient-to-t from-black/85 via-black/25 via-45% to-transparent"
          />
          <Lettering card={card} />
        </>
      )}
    </span>
  );
}

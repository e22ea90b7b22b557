import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { genresQuery, titleRowQuery } from '@/lib/api/catalog';
import type { TitleKind } from '@/lib/api/types';

import { RowSkeleton, TitleRow } from './title-row';

/** A genre with fewer titles makes a row that looks broken. */
const WORTH_A_ROW = 4;
const ROWS = 6;

// Each row asks for its titles only when it comes near the screen.
function GenreRow({ kind, name }: { kind: TitleKind; name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const filter = { genre: name, sort: '-rating' };
  const titles = useQuery({ ...titleRowQuery(kind, filter), enabled: near });

  useEffect(() => {
    if (!place.current) return;
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), {
      rootMargin: '400px',
    });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);

  return (
    <div ref={place}>
      {titles.isPending ? (
        <RowSkeleton />
      ) : (
        <TitleRow
          title={name}
          cards={titles.data?.items ?? []}
          more={{ to: kind === 'movie' ? '/films' : '/series', search: { genre: name } }}
        />
      )}
    </div>
  );
}

export function GenreRows({ kind }: { kind: TitleKind }) {
  const genres = useQuery(genresQuery(kind));
  const rows = (genres.data?.items ?? [])
    .filter((genre) => genre.count >= WORTH_A_ROW)
    .slice(0, ROWS);
  return rows.map((genre) => <GenreRow key={genre.name} kind={kind} name={genre.name} />);
}

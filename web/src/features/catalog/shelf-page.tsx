import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Clapperboard, FilterX, FolderPlus, Tv } from 'lucide-react';
import { useMemo } from 'react';

import { titlesQuery, type TitleFilter } from '@/lib/api/catalog';
import type { TitleKind } from '@/lib/api/types';
import { plural } from '@/lib/format';
import { Button, ButtonLink } from '@/ui/button';
import { Page } from '@/ui/page';
import { EmptyState, ErrorState } from '@/ui/states';

import { FilterBar } from './filter-bar';
import { GridSkeleton, PosterGrid } from './poster-grid';

interface ShelfProps {
  kind: TitleKind;
  heading: string;
  noun: [string, string];
  filter: TitleFilter;
  onFilter: (filter: TitleFilter) => void;
}

function Nothing({
  kind,
  filtered,
  onClear,
}: {
  kind: TitleKind;
  filtered: boolean;
  onClear: () => void;
}) {
  if (filtered) {
    return (
      <EmptyState
        icon={FilterX}
        title="Nothing fits these filters"
        action={<Button onClick={onClear}>Clear filters</Button>}
      />
    );
  }
  return (
    <EmptyState
      icon={kind === 'movie' ? Clapperboard : Tv}
      title={kind === 'movie' ? 'No films yet' : 'No series yet'}
      action={
        <ButtonLink to="/settings/library" look="primary" icon={FolderPlus}>
          Library folders
        </ButtonLink>
      }
    >
      <p>They appear here by themselves once a folder that holds some was scanned.</p>
    </EmptyState>
  );
}

function Shelf({ kind, heading, noun, filter, onFilter }: ShelfProps) {
  const titles = useInfiniteQuery(titlesQuery(kind, { sort: 'title', ...filter }));
  const cards = useMemo(
    () => titles.data?.pages.flatMap((page) => page.items) ?? [],
    [titles.data],
  );
  const total = titles.data?.pages[0]?.total;
  const filtered = filter.genre !== undefined || filter.year !== undefined;

  return (
    <Page
      title={heading}
      note={total === undefined ? '\u00a0' : plural(total, ...noun)}
      aside={<FilterBar kind={kind} filter={filter} onChange={onFilter} />}
    >
      {titles.isPending && <GridSkeleton />}
      {titles.isError && !cards.length && (
        <ErrorState error={titles.error} retry={() => void titles.refetch()} />
      )}
      {total === 0 && (
        <Nothing kind={kind} filtered={filtered} onClear={() => onFilter({ sort: filter.sort })} />
      )}
      {cards.length > 0 && (
        <PosterGrid
          label={heading}
          cards={cards}
          total={total ?? cards.length}
          onEnd={() => {
            if (titles.hasNextPage && !titles.isFetchingNextPage) void titles.fetchNextPage();
          }}
          failed={titles.isFetchNextPageError}
        />
      )}
    </Page>
  );
}

const filmsRoute = getRouteApi('/signed-in/shell/films');
const seriesRoute = getRouteApi('/signed-in/shell/series');

export function FilmsPage() {
  const filter = filmsRoute.useSearch();
  const navigate = filmsRoute.useNavigate();
  return (
    <Shelf
      kind="movie"
      heading="Films"
      noun={['film', 'films']}
      filter={filter}
      onFilter={(search) => void navigate({ search, replace: true })}
    />
  );
}

export function SeriesPage() {
  const filter = seriesRoute.useSearch();
  const navigate = seriesRoute.useNavigate();
  return (
    <Shelf
      kind="show"
      heading="Series"
      noun={['series', 'series']}
      filter={filter}
      onFilter={(search) => void navigate({ search, replace: true })}
    />
  );
}

import { useQuery } from '@tanstack/react-query';

import { GenreRows } from '@/features/catalog/genre-rows';
import { Hero, HeroSkeleton } from '@/features/catalog/hero';
import { RowSkeleton, TitleRow } from '@/features/catalog/title-row';
import { FirstScan } from '@/features/ingest/first-scan';
import { ContinueRow } from '@/features/streaming/continue-row';
import { titleRowQuery } from '@/lib/api/catalog';
import { useDocumentTitle } from '@/lib/hooks';
import { ErrorState } from '@/ui/states';

const RECENT = { sort: '-added' };

export function HomePage() {
  useDocumentTitle('Home');
  const films = useQuery(titleRowQuery('movie', RECENT));
  const series = useQuery(titleRowQuery('show', RECENT));

  if (films.isPending || series.isPending) {
    return (
      <>
        <HeroSkeleton />
        <RowSkeleton />
        <RowSkeleton />
      </>
    );
  }
  if (films.isLoadingError || series.isLoadingError) {
    const retry = () => void Promise.all([films.refetch(), series.refetch()]);
    return (
      <div className="grid min-h-dvh place-items-center">
        <ErrorState
          heading="h1"
          error={films.error ?? series.error}
          retry={retry}
          title="The library did not answer"
        />
      </div>
    );
  }
  if (films.data.total + series.data.total === 0) return <FirstScan />;

  return (
    <div className="pb-12">
      <h1 className="sr-only">Home</h1>
      <Hero cards={[...films.data.items, ...series.data.items]} />
      <div className="relative z-10 -mt-4 space-y-8 sm:space-y-10">
        <ContinueRow />
        <TitleRow
          title="Recently added films"
          cards={films.data.items}
          more={{ to: '/films', search: RECENT }}
        />
        <TitleRow
          title="Recently added series"
          cards={series.data.items}
          more={{ to: '/series', search: RECENT }}
        />
        <GenreRows kind="movie" />
      </div>
    </div>
  );
}

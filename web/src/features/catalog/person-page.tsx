import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { UserRound } from 'lucide-react';

import { personQuery } from '@/lib/api/catalog';
import { plural } from '@/lib/format';
import { useDocumentTitle } from '@/lib/hooks';
import { Picture } from '@/ui/picture';
import { Skeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';

import { GridSkeleton, PlainGrid } from './poster-grid';

const route = getRouteApi('/signed-in/shell/person/$id');

export function PersonPage() {
  const { id } = route.useParams();
  const person = useQuery(personQuery(id));
  useDocumentTitle(person.data?.name);
  if (person.isLoadingError) {
    return (
      <div className="grid min-h-dvh place-items-center">
        <ErrorState heading="h1" error={person.error} retry={() => void person.refetch()} />
      </div>
    );
  }
  return (
    <div className="gutter animate-fade pt-[calc(var(--header)+2rem)] pb-16">
      <header className="mb-10 flex items-center gap-6">
        <span className="poster-glint relative grid size-28 shrink-0 place-items-center overflow-hidden rounded-full bg-well text-faint sm:size-40">
          {person.data?.photo ? (
            <Picture url={person.data.photo} sizes="10rem" most={480} eager />
          ) : (
            <UserRound aria-hidden className="size-12" strokeWidth={1.2} />
          )}
        </span>
        <div className="min-w-0 flex-1">
          {person.data ? (
            <>
              <h1 className="text-3xl sm:text-4xl">{person.data.name}</h1>
              <p className="mt-2 text-soft">{plural(person.data.titles.length, 'title')} here</p>
            </>
          ) : (
            <>
              <Skeleton className="h-10 w-64 max-w-full" />
              <Skeleton className="mt-3 h-4 w-24" />
            </>
          )}
        </div>
      </header>
      {person.data ? (
        <PlainGrid label={`Titles with ${person.data.name}`} cards={person.data.titles} />
      ) : (
        <GridSkeleton lines={12} />
      )}
    </div>
  );
}

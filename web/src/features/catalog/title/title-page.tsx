import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Compass } from 'lucide-react';

import { isStatus } from '@/lib/api/client';
import { titleQuery } from '@/lib/api/catalog';
import { progressQuery } from '@/lib/api/streaming';
import type { Title } from '@/lib/api/types';
import { useDocumentTitle } from '@/lib/hooks';
import { hueOf } from '@/lib/images';
import { ButtonLink } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Picture } from '@/ui/picture';
import { PosterArt } from '@/ui/poster-art';
import { Skeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';

import { Facts } from '../facts';
import { Actions } from './actions';
import { DoubtNotice } from './doubt-notice';
import { Chapters } from './chapters';
import { Episodes } from './episodes';
import { People } from './people';
import { Prepare } from './prepare';
import { TechnicalDetails } from './technical';
import { Extras, Versions } from './versions';

const route = getRouteApi('/signed-in/shell/title/$id');

function Backdrop({ title }: { title: Title }) {
  const image = title.backdrop_image;
  const colour = image?.colour ?? title.artwork?.colour ?? `hsl(${hueOf(title.title)} 45% 30%)`;
  return (
    <div
      aria-hidden
      className="absolute inset-x-0 top-0 -z-1 h-[min(72dvh,46rem)] overflow-hidden max-md:h-[24rem]"
      style={{
        background: `linear-gradient(180deg, color-mix(in oklab, ${colour} 45%, transparent), transparent)`,
      }}
    >
      {image && (
        <Picture
          url={image.url}
          colour={image.colour}
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

// Long names in a size that leaves room for the rest.
const headingSize = (name: string) =>
  name.length > 36 ? 'text-xl sm:text-3xl lg:text-4xl' : 'text-2xl sm:text-4xl lg:text-5xl';

function Heading({ title }: { title: Title }) {
  // Nobody said how long it is: the file knows.
  const seconds = title.files.find((file) => file.role === 'main')?.duration;
  const measured = title.kind === 'movie' && seconds ? Math.ceil(seconds / 60) : null;
  const card = { ...title, runtime_minutes: title.runtime_minutes ?? measured };
  const other = title.original_title !== title.title ? title.original_title : null;
  return (
    <header className="flex items-end gap-5 sm:gap-8 lg:gap-10">
      <div className="w-[7.5rem] shrink-0 rounded-md shadow-float sm:w-48 lg:w-64">
        <PosterArt
          card={title}
          sizes="(max-width: 640px) 8rem, (max-width: 1024px) 12rem, 16rem"
          eager
          className="lg:rounded-lg"
        />
      </div>
      <div className="min-w-0 flex-1 pb-1">
        <h1 className={cx('font-bold text-pretty', headingSize(title.title))}>{title.title}</h1>
        {other && <p className="mt-1 text-soft">{other}</p>}
        <Facts card={card} certification={title.certification} className="mt-3 sm:mt-4" />
        <div className="mt-5 max-sm:hidden">
          <Actions title={title} />
        </div>
      </div>
    </header>
  );
}

function Loaded({ title }: { title: Title }) {
  const { season } = route.useSearch();
  const progress = useQuery(progressQuery(title.id));
  const main = title.files.filter((file) => file.role === 'main');
  const extras = title.files.filter((file) => file.role !== 'main');
  return (
    <article className="relative animate-fade">
      <Backdrop title={title} />
      <div
        className={cx(
          'gutter pb-16',
          title.backdrop_image
            ? 'pt-[calc(var(--header)+6rem)] lg:pt-[calc(var(--header)+13rem)]'
            : 'pt-[calc(var(--header)+2.5rem)] lg:pt-[calc(var(--header)+4rem)]',
        )}
      >
        <Heading title={title} />
        <div className="mt-5 sm:hidden">
          <Actions title={title} />
        </div>
        <DoubtNotice title={title} />
        <div className="mt-7 max-w-3xl">
          {title.tagline && <p className="mb-2 font-display text-lg text-glow">{title.tagline}</p>}
          {title.overview ? (
            <p className="text-pretty text-soft sm:text-lg">{title.overview}</p>
          ) : (
            <p className="text-faint">No description is known for this title.</p>
          )}
        </div>
        <div className="mt-10 space-y-10">
          {title.kind === 'show' && (
            <Episodes title={title} progress={progress.data} wanted={season} />
          )}
          {title.kind !== 'show' && main.length > 1 && <Versions title={title} files={main} />}
        </div>
      </div>
      <div className="space-y-10 pb-16">
        {title.kind !== 'show' && main[0] && <Chapters file={main[0]} titleId={title.id} />}
        <People people={title.people} />
        <div className="gutter space-y-10">
          {extras.length > 0 && <Extras title={title} files={extras} />}
          <div className="space-y-4">
            <Prepare title={title} />
            <TechnicalDetails title={title} />
          </div>
        </div>
      </div>
    </article>
  );
}

function Loading() {
  return (
    <div
      role="status"
      className="gutter pt-[calc(var(--header)+6rem)] lg:pt-[calc(var(--header)+13rem)]"
    >
      <span className="sr-only">Loading…</span>
      <div className="flex items-end gap-5 sm:gap-8 lg:gap-10">
        <Skeleton className="aspect-[2/3] w-[7.5rem] shrink-0 rounded-md sm:w-48 lg:w-64" />
        <div className="flex-1 pb-1">
          <Skeleton className="h-12 w-3/4" />
          <Skeleton className="mt-4 h-4 w-1/2" />
          <Skeleton className="mt-6 h-12 w-40 rounded-full" />
        </div>
      </div>
      <Skeleton className="mt-8 h-24 max-w-3xl" />
    </div>
  );
}

export function TitlePage() {
  const { id } = route.useParams();
  const title = useQuery(titleQuery(id));
  useDocumentTitle(title.data?.title);
  if (title.isPending) return <Loading />;
  if (title.isLoadingError) {
    return (
      <div className="grid min-h-dvh place-items-center">
        {isStatus(title.error, 404) ? (
          <EmptyState
            heading="h1"
            icon={Compass}
            title="This title is not here"
            action={<ButtonLink to="/">Home</ButtonLink>}
          >
            <p>It may have been taken out of the library.</p>
          </EmptyState>
        ) : (
          <ErrorState heading="h1" error={title.error} retry={() => void title.refetch()} />
        )}
      </div>
    );
  }
  return <Loaded key={id} title={title.data} />;
}

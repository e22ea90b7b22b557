import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Compass, House, LoaderCircle } from 'lucide-react';

import { useDocumentTitle } from '@/lib/hooks';
import { Button, ButtonLink } from '@/ui/button';
import { Mark } from '@/ui/logo';
import { EmptyState, ErrorState } from '@/ui/states';

export function NotFound() {
  useDocumentTitle('Not found');
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center">
      <div className="ambient" />
      <EmptyState
        heading="h1"
        icon={Compass}
        title="There is nothing at this address"
        action={
          <>
            <ButtonLink to="/" look="primary" icon={House}>
              Home
            </ButtonLink>
            <Button onClick={() => history.back()}>Go back</Button>
          </>
        }
      >
        <p>The link may be old, or the title was taken out of the library.</p>
      </EmptyState>
    </main>
  );
}

// A new version on the server has other file names: the old page cannot load its parts any more.
const isStale = (error: unknown) =>
  error instanceof Error && /dynamically imported module|Importing a module/.test(error.message);

export function Failure({ error, reset }: ErrorComponentProps) {
  useDocumentTitle('Something broke');
  const router = useRouter();
  const stale = isStale(error);
  const retry = () => {
    if (stale) return location.reload();
    reset();
    void router.invalidate();
  };
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center">
      <div className="ambient" />
      <ErrorState
        heading="h1"
        error={stale ? new Error('Shadow was updated on the server. Load the page anew.') : error}
        title={stale ? 'A new version is here' : 'This page broke'}
        retry={retry}
        action={<Button onClick={() => location.assign('/')}>Home</Button>}
      />
    </main>
  );
}

export function Waiting() {
  return (
    <div role="status" className="grid min-h-[70dvh] place-items-center text-faint">
      <span className="sr-only">Loading…</span>
      <span className="relative grid place-items-center">
        <LoaderCircle aria-hidden className="size-14 animate-spin text-glow/60" strokeWidth={1} />
        <Mark className="absolute size-6" />
      </span>
    </div>
  );
}

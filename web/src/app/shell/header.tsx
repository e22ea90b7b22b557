import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { Plus, Search } from 'lucide-react';
import { useEffect, useState } from 'react';

import { UploadIndicator } from '@/features/ingest/add/upload-indicator';
import { ScanIndicator } from '@/features/ingest/scan-indicator';
import { meQuery } from '@/lib/api/accounts';
import { atLeast } from '@/lib/roles';
import { cx } from '@/ui/cx';
import { Logo } from '@/ui/logo';

import { AccountMenu } from './account-menu';
import { PLACES } from './nav';

function useScrolled(): boolean {
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const look = () => setScrolled(window.scrollY > 12);
    look();
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, []);
  return scrolled;
}

function SearchLink() {
  const here = useRouterState({ select: (state) => state.location.pathname === '/search' });
  if (here) return null;
  return (
    <Link
      to="/search"
      className="hidden h-10 items-center gap-2.5 rounded-full border border-line bg-pane px-4 text-sm text-faint transition hover:border-line-strong hover:text-soft md:flex lg:w-60"
    >
      <Search aria-hidden className="size-4" />
      <span>Search</span>
      <kbd
        aria-hidden
        className="ml-auto hidden rounded-xs border border-line-strong px-1.5 font-sans text-2xs lg:block"
      >
        /
      </kbd>
    </Link>
  );
}

/** The way to bring something in, for all who may. */
function AddLink() {
  const { data: me } = useQuery(meQuery);
  if (!atLeast(me?.role, 'free')) return null;
  return (
    <Link
      to="/add"
      aria-label="Add to the library"
      className="flex h-10 items-center justify-center gap-1.5 rounded-full border border-line bg-pane text-sm font-medium text-soft transition hover:border-line-strong hover:text-ink aria-[current=page]:border-glow/40 aria-[current=page]:text-glow max-sm:w-10 sm:px-4"
    >
      <Plus aria-hidden className="size-4.5" />
      <span aria-hidden className="max-sm:hidden">
        Add
      </span>
    </Link>
  );
}

export function Header() {
  const scrolled = useScrolled();
  return (
    <header
      className={cx(
        'fixed inset-x-0 top-0 z-30 h-[var(--header)] transition-[background,box-shadow,backdrop-filter] duration-300',
        scrolled
          ? 'bg-night/75 shadow-[0_1px_0_0_var(--color-line)] backdrop-blur-xl backdrop-saturate-150'
          : 'bg-gradient-to-b from-night/70 to-transparent',
      )}
    >
      <div className="gutter flex h-full items-center gap-3">
        <Link to="/" aria-label="Shadow, home" className="flex rounded-sm">
          <Logo />
        </Link>
        <nav aria-label="Main" className="ml-5 hidden md:block">
          <ul className="flex gap-1">
            {PLACES.map(({ to, label }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: to === '/', includeSearch: false }}
                  className="rounded-full px-4 py-2 text-sm font-medium text-soft transition hover:text-ink aria-[current=page]:bg-pane-strong aria-[current=page]:text-ink"
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="ml-auto flex items-center gap-2">
          <ScanIndicator />
          <UploadIndicator />
          <AddLink />
          <SearchLink />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

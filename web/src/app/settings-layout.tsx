import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { useEffect, useRef } from 'react';

import { meQuery } from '@/lib/api/accounts';
import type { Role } from '@/lib/api/types';
import { atLeast } from '@/lib/roles';
import { Page } from '@/ui/page';
import { EmptyState } from '@/ui/states';

interface Part {
  to: string;
  label: string;
  least: Role;
  /** Not for this role and those above it: they have more elsewhere. */
  below?: Role;
}

const PARTS = [
  { to: '/settings/account', label: 'Account', least: 'banned' },
  { to: '/settings/library', label: 'Library', least: 'moderator' },
  { to: '/settings/review', label: 'Review', least: 'moderator' },
  { to: '/settings/jobs', label: 'Jobs', least: 'free' },
  { to: '/settings/telegram', label: 'Telegram', least: 'admin' },
  { to: '/settings/moderation', label: 'Moderation', least: 'moderator' },
  { to: '/settings/submissions', label: 'My submissions', least: 'free', below: 'moderator' },
  { to: '/settings/users', label: 'Users', least: 'admin' },
] as const satisfies Part[];

const isFor = (part: Part, role: Role | undefined) =>
  atLeast(role, part.least) && !(part.below && atLeast(role, part.below));

function NotForYou() {
  return (
    <EmptyState icon={Lock} title="Not for this account">
      <p>Whoever runs this server can change what your account may do.</p>
    </EmptyState>
  );
}

export function SettingsLayout() {
  const { data: me } = useQuery(meQuery);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const part = PARTS.find((one) => one.to === path);
  const allowed = !part || isFor(part, me?.role);
  const nav = useRef<HTMLElement>(null);
  // On phones the parts are a row that scrolls: the open one has to be in sight.
  useEffect(() => {
    const open = nav.current?.querySelector('[aria-current="page"]');
    open?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [path]);
  return (
    <Page title="Settings">
      <div className="gap-10 lg:flex">
        <nav ref={nav} aria-label="Settings" className="mb-8 lg:w-52 lg:shrink-0">
          <ul className="no-scrollbar -mx-[var(--gutter)] flex gap-1 overflow-x-auto px-[var(--gutter)] py-1 lg:sticky lg:top-[calc(var(--header)+1rem)] lg:mx-0 lg:flex-col lg:px-0">
            {PARTS.filter((part) => isFor(part, me?.role)).map((part) => (
              <li key={part.to}>
                <Link
                  to={part.to}
                  className="block rounded-full px-4 py-2.5 text-sm font-medium whitespace-nowrap text-soft transition hover:bg-pane hover:text-ink aria-[current=page]:bg-pane-strong aria-[current=page]:text-glow lg:rounded-md"
                >
                  {part.label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="max-w-4xl min-w-0 flex-1">{allowed ? <Outlet /> : <NotForYou />}</div>
      </div>
    </Page>
  );
}

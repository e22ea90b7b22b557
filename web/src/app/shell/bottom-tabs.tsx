import { Link } from '@tanstack/react-router';

import { TABS } from './nav';

/** Navigation under the thumb, on phones. */
export function BottomTabs() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-raised pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="flex h-15">
        {TABS.map(({ to, label, icon: Icon }) => (
          <li key={to} className="flex-1">
            <Link
              to={to}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              className="flex h-full flex-col items-center justify-center gap-1 text-2xs font-medium text-faint transition -outline-offset-2 aria-[current=page]:text-glow"
            >
              <Icon aria-hidden className="size-5.5" strokeWidth={1.8} />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

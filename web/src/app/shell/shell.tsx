import { Outlet } from '@tanstack/react-router';
import { CloudOff } from 'lucide-react';

import { useOnline } from '@/lib/hooks';

import { BottomTabs } from './bottom-tabs';
import { Header } from './header';
import { useShortcuts } from './shortcuts';

function OfflineNotice() {
  const online = useOnline();
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 top-[calc(var(--header)+0.5rem)] z-30 flex justify-center px-4"
    >
      {!online && (
        <p className="glass-high flex animate-rise items-center gap-2 rounded-full px-4 py-2 text-sm">
          <CloudOff aria-hidden className="size-4 text-warn" />
          No network. What you see may be out of date.
        </p>
      )}
    </div>
  );
}

/** The frame around every page but the player and the sign-in. */
export function Shell() {
  useShortcuts();
  return (
    <>
      <a
        href="#main"
        className="glass-high fixed top-3 left-3 z-50 -translate-y-24 rounded-full px-5 py-3 text-sm font-semibold focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="ambient" />
      <Header />
      <OfflineNotice />
      <main id="main" tabIndex={-1} className="min-h-dvh pb-[var(--tabs)]">
        <Outlet />
      </main>
      <BottomTabs />
    </>
  );
}

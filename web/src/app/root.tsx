import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/** Move the keyboard to a new page's start, and say its name, as a page load would. */
function useArrival(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && path !== undefined && before.current !== path) {
      // After the page has drawn, and only if it did not take the focus itself.
      requestAnimationFrame(() => {
        const main = document.getElementById('main');
        if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
      });
    }
    before.current = path;
  }, [path]);
}

export function Root() {
  useArrival();
  return <Outlet />;
}

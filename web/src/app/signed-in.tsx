import { Outlet } from '@tanstack/react-router';

import { useLiveEvents } from './live-events';

export function SignedIn() {
  useLiveEvents();
  return <Outlet />;
}

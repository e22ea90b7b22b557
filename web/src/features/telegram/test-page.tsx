/** A page of Telegram with made-up answers, for tests. */
import { QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render, screen, within } from '@testing-library/react';
import { vi } from 'vitest';

import type { SwarmAnswer, TelegramSession } from '@/lib/api/telegram';
import { makeQueryClient } from '@/lib/query';
import { TooltipProvider } from '@/ui/tooltip';

import { TelegramPage } from './telegram-page';

export const session = (fields: Partial<TelegramSession> = {}): TelegramSession => ({
  id: 'bot-1001',
  kind: 'bot',
  name: 'First bot',
  state: 'ready',
  streams: 3,
  most_streams: 15,
  flood: [],
  dcs: [
    { dc: 1, connections: 4 },
    { dc: 2, connections: 0 },
  ],
  bytes_down: 5_400_000_000,
  bytes_up: 0,
  warm_until: null,
  reason: '',
  slot: 0,
  ...fields,
});

export const FILES = { role: 'logs', id: -1001234567890, title: 'Our films', ok: true, detail: '' };

/** Serve one answer to each method; a function is called anew each time. */
export function serve(answers: Record<string, () => SwarmAnswer | Response>) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string, { method }: RequestInit) => {
    asked.push(`${method} ${url}`);
    const answer = answers[`${method} ${url}`]?.() ?? Response.json({}, { status: 404 });
    return Promise.resolve(answer instanceof Response ? answer : Response.json(answer));
  });
  return asked;
}

export const SESSIONS = 'GET /api/telegram/sessions';
export const CHECK = 'POST /api/telegram/check';

export function open() {
  const client = makeQueryClient(() => undefined);
  const page = () => (
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <TelegramPage />
      </TooltipProvider>
    </QueryClientProvider>
  );
  const root = createRootRoute();
  const home = createRoute({ getParentRoute: () => root, path: '/', component: page });
  const job = createRoute({ getParentRoute: () => root, path: '/jobs/$id' });
  const router = createRouter({
    routeTree: root.addChildren([home, job]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  // A router of this test alone: the application's routes are not needed to draw a link.
  render(<RouterProvider router={router as never} />);
}

/** The first live region of the page: what a check found. */
export const checkOutcome = () => screen.getAllByRole('status')[0];

export const card = async (name: string) => {
  const found = (await screen.findByText(name)).closest('li');
  if (!found) throw new Error(`${name} is in no list`);
  return within(found);
};

// @vitest-environment happy-dom
import '@/test-setup';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { expect, test, vi } from 'vitest';

import { ApiError } from '@/lib/api/client';
import { jobsQuery } from '@/lib/api/jobs';
import type { TitleCard } from '@/lib/api/types';
import { makeJob } from '@/test-jobs';

import { Button } from './button';
import { Confirm } from './dialog';
import { Field, PasswordField } from './field';
import { Poster } from './poster';
import { Progress } from './progress';
import { Row } from './row';
import { ErrorState } from './states';
import { toast } from './toast-store';
import { Toaster } from './toaster';

const card: TitleCard = {
  id: 'Ab3dE9x',
  title: 'Heat',
  year: 1995,
  kind: 'movie',
  poster: null,
  artwork: null,
  backdrop: null,
  runtime_minutes: 170,
  rating: 8.3,
  genres: [],
  seasons: null,
  episodes: null,
  review: 'ok',
  added_at: '2026-01-01T00:00:00Z',
};

/** Draw something that holds links. */
async function renderRouted(children: ReactNode) {
  const root = createRootRoute();
  const home = createRoute({ getParentRoute: () => root, path: '/', component: () => children });
  const title = createRoute({ getParentRoute: () => root, path: '/title/$id' });
  const router = createRouter({
    routeTree: root.addChildren([home, title]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  // A router of this test alone: the application's routes are not needed to draw a link.
  render(<RouterProvider router={router as never} />);
  await screen.findAllByRole('link');
}

test('a title without a picture gets a designed card with its name on it', async () => {
  await renderRouted(<Poster card={card} />);
  const link = screen.getByRole('link', { name: /Heat/ });
  expect(link).toHaveAttribute('href', '/title/Ab3dE9x');
  expect(link.querySelector('.lettering')).toHaveTextContent('Heat');
  expect(link).toHaveTextContent('1995 · 2 h 50 min');
});

test('a real poster has no lettering over it, and a frame of the film does', async () => {
  const art = { url: '/api/proxy/image/a', colour: '#123456', generated: false };
  await renderRouted(
    <>
      <Poster card={{ ...card, artwork: art }} />
      <Poster card={{ ...card, artwork: { ...art, generated: true } }} />
    </>,
  );
  expect(document.querySelectorAll('img')).toHaveLength(2);
  expect(document.querySelectorAll('.lettering')).toHaveLength(1);
});

test('a title whose first file is on its way shows how far it is', async () => {
  const client = new QueryClient();
  const job = makeJob({ kind: 'leech', title_id: card.id, bytes_done: 31, bytes_total: 100 });
  client.setQueryData(jobsQuery.queryKey, { items: [job], next_cursor: null, total: 1 });
  await renderRouted(
    <QueryClientProvider client={client}>
      <Poster card={{ ...card, arriving: true }} />
    </QueryClientProvider>,
  );
  expect(screen.getByRole('link')).toHaveTextContent('Arriving31 %');
  expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '31');
});

test('arrow keys move along a row, and stop at its ends', async () => {
  Element.prototype.scrollIntoView = vi.fn();
  await renderRouted(
    <Row title="Row">
      {['a', 'b', 'c'].map((id) => (
        <Poster key={id} card={{ ...card, id }} />
      ))}
    </Row>,
  );
  const links = screen.getAllByRole('link');
  links[0]?.focus();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
  expect(links[2]).toHaveFocus();
  await userEvent.keyboard('{Home}');
  expect(links[0]).toHaveFocus();
});

test('an error says what happened and can be tried again', async () => {
  const retry = vi.fn();
  render(<ErrorState error={new ApiError(503, 'x', 'The disk is full.')} retry={retry} />);
  expect(screen.getByRole('alert')).toHaveTextContent('The disk is full.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(retry).toHaveBeenCalledOnce();
});

test('a toast with an undo runs it', async () => {
  const run = vi.fn();
  render(<Toaster />);
  act(() => void toast('Removed.', { action: { label: 'Undo', run } }));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(run).toHaveBeenCalledOnce();
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull());
});

test('a busy button cannot be pressed twice', async () => {
  const onClick = vi.fn();
  render(
    <Button busy onClick={onClick}>
      Save
    </Button>,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(onClick).not.toHaveBeenCalled();
});

test('a field is tied to its label, its hint and its error', () => {
  render(<Field label="Path" error="No such folder" />);
  const field = screen.getByLabelText('Path');
  expect(field).toHaveAccessibleDescription('No such folder');
  expect(field).toBeInvalid();
});

test('a password can be shown and hidden', async () => {
  render(<PasswordField label="Password" />);
  expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'password');
  await userEvent.click(screen.getByRole('button', { name: 'Show password' }));
  expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'text');
});

test('progress tells its value, or that it is not known', () => {
  const { rerender } = render(<Progress share={0.42} label="Scan" />);
  expect(screen.getByRole('progressbar', { name: 'Scan' })).toHaveAttribute('aria-valuenow', '42');
  rerender(<Progress share={null} label="Scan" />);
  expect(screen.getByRole('progressbar', { name: 'Scan' })).not.toHaveAttribute('aria-valuenow');
});

test('a question can be answered with either button', async () => {
  const onConfirm = vi.fn();
  const onClose = vi.fn();
  render(
    <Confirm open title="Sure?" verb="Delete" onConfirm={onConfirm} onClose={onClose}>
      Gone is gone.
    </Confirm>,
  );
  expect(screen.getByRole('dialog', { name: 'Sure?' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(onConfirm).toHaveBeenCalledOnce();
  expect(onClose).toHaveBeenCalledOnce();
});

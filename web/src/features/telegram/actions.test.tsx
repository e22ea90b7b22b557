// @vitest-environment happy-dom
import '@/test-setup';

import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { CHECK, checkOutcome, FILES, open, serve, session, SESSIONS } from './test-page';

afterEach(() => vi.unstubAllGlobals());

test('a check tells screen readers what it found, and the page shows it', async () => {
  let answer: (found: Response) => void = () => undefined;
  const waiting = new Promise<Response>((done) => (answer = done));
  const idle = { items: [session({ state: 'idle' })], channels: [FILES] };
  const found = {
    items: [session({ state: 'dead', reason: 'SESSION_REVOKED' })],
    channels: [FILES],
  };
  vi.stubGlobal('fetch', (_: string, { method }: RequestInit) =>
    method === 'POST' ? waiting : Promise.resolve(Response.json(idle)),
  );
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Check now' }));
  expect(checkOutcome()).toHaveTextContent('Checking');
  expect(screen.getByRole('button', { name: 'Check now' })).toBeDisabled();
  answer(Response.json(found));
  expect(await screen.findByText('Out of use')).toBeInTheDocument();
  expect(checkOutcome()).toHaveTextContent('1 session needs attention.');
});

test('a check that fails says why', async () => {
  const asked = serve({
    [SESSIONS]: () => ({ items: [session()], channels: [FILES] }),
    [CHECK]: () => Response.json({ detail: 'Telegram does not answer.' }, { status: 503 }),
  });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Check now' }));
  expect(await screen.findByText(/Telegram does not answer/)).toBeInTheDocument();
  expect(checkOutcome()).toHaveTextContent('The check failed');
  expect(asked.filter((one) => one === CHECK)).toHaveLength(1);
});

test('channels that nobody has looked at yet are not called missing', async () => {
  serve({
    [SESSIONS]: () => ({ items: [session({ state: 'idle' })], channels: [] }),
    [CHECK]: () => ({ items: [session({ reason: 'Telegram does not answer.' })], channels: [] }),
  });
  open();
  expect(await screen.findByText(/Nobody has looked at them/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Check now' }));
  expect(await screen.findByText(/nothing can be stored yet/)).toBeInTheDocument();
  expect(checkOutcome()).toHaveTextContent(
    '1 session needs attention. No channel is set for files.',
  );
});

test('the cache of the server tells its figures and is cleared after a question', async () => {
  const cache = {
    bytes: 5_400_000_000,
    limit: 20_000_000_000,
    hits: 950,
    misses: 50,
    hit_ratio: 0.95,
    upstream_bytes: 2_000_000_000,
    served_bytes: 8_000_000_000,
  };
  const asked = serve({
    [SESSIONS]: () => ({ items: [session()], channels: [FILES] }),
    'GET /api/storages/cache': () => Response.json(cache),
    'DELETE /api/storages/cache': () => new Response(null, { status: 204 }),
  });
  open();
  expect(await screen.findByText('5.4 GB of 20 GB')).toBeInTheDocument();
  expect(screen.getByText('95 %')).toBeInTheDocument();
  expect(screen.getByText('each byte fetched 0.25 times')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Clear' }));
  expect(asked).not.toContain('DELETE /api/storages/cache');
  const dialog = within(screen.getByRole('dialog'));
  await userEvent.click(dialog.getByRole('button', { name: 'Clear' }));
  expect(asked).toContain('DELETE /api/storages/cache');
});

test('a message named by its link is taken in, and what is refused says why', async () => {
  let answer = Response.json({ detail: 'Give the link of a message.' }, { status: 422 });
  const asked = serve({
    [SESSIONS]: () => ({ items: [session()], channels: [FILES] }),
    'POST /api/telegram/index': () => answer,
  });
  open();
  const field = await screen.findByLabelText('Link of the message');
  expect(screen.getByRole('button', { name: 'Add' })).toBeDisabled();
  await userEvent.type(field, 'films{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('Give the link of a message.');
  answer = Response.json({ id: 'j1' }, { status: 202 });
  await userEvent.clear(field);
  await userEvent.type(field, ' https://t.me/c/1/5 {Enter}');
  expect(await screen.findByRole('link', { name: 'See how it stands' })).toHaveAttribute(
    'href',
    '/jobs/j1',
  );
  expect(field).toHaveValue('');
  expect(asked.filter((one) => one === 'POST /api/telegram/index')).toHaveLength(2);
});

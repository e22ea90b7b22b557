// @vitest-environment happy-dom
import '@/test-setup';

import { QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import type { SwarmAnswer, TelegramSession } from '@/lib/api/telegram';
import { makeQueryClient } from '@/lib/query';
import { TooltipProvider } from '@/ui/tooltip';

import { TelegramPage } from './telegram-page';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const session = (fields: Partial<TelegramSession> = {}): TelegramSession => ({
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

const FILES = { role: 'logs', id: -1001234567890, title: 'Our films', ok: true, detail: '' };

/** Serve one answer to each method; a function is called anew each time. */
function serve(answers: Record<string, () => SwarmAnswer | Response>) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string, { method }: RequestInit) => {
    asked.push(`${method} ${url}`);
    const answer = answers[`${method} ${url}`]?.() ?? Response.json({}, { status: 404 });
    return Promise.resolve(answer instanceof Response ? answer : Response.json(answer));
  });
  return asked;
}

const SESSIONS = 'GET /api/telegram/sessions';
const CHECK = 'POST /api/telegram/check';

function open() {
  const client = makeQueryClient(() => undefined);
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <TelegramPage />
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

const card = async (name: string) => {
  const found = (await screen.findByText(name)).closest('li');
  if (!found) throw new Error(`${name} is in no list`);
  return within(found);
};

test('where nothing is set up the page tells the three steps, with the settings to copy', async () => {
  serve({ [SESSIONS]: () => ({ items: [], channels: [] }) });
  open();
  expect(await screen.findAllByRole('heading', { level: 3 })).toHaveLength(3);
  for (const name of ['API_ID', 'API_HASH', 'WORKER_TOKENS', 'CHANNEL_LOGS', 'CHANNEL_BACKUP']) {
    expect(screen.getAllByText(new RegExp(`SHADOW_TELEGRAM__${name}=`))[0]).toBeInTheDocument();
  }
  expect(screen.queryByRole('button', { name: 'Check now' })).not.toBeInTheDocument();
});

test('a session shows what it carries, where it is connected and what it moved', async () => {
  serve({ [SESSIONS]: () => ({ items: [session()], channels: [FILES] }) });
  open();
  const first = await card('First bot');
  expect(first.getByText('Ready')).toBeInTheDocument();
  expect(first.getByText('3 of 15')).toBeInTheDocument();
  expect(first.getByText('to DC 1').parentElement).toHaveTextContent('4 to DC 1');
  expect(first.queryByText('to DC 2')).not.toBeInTheDocument();
  expect(first.getByText('5.4 GB')).toBeInTheDocument();
});

test('waits count down by themselves, method by method, and end', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const flood = [
    { method: 'upload.getFile', dc: 2, seconds: 65 },
    { method: 'messages.sendMedia', dc: 0, seconds: 2 },
  ];
  serve({
    [SESSIONS]: () => ({ items: [session({ state: 'cooling', flood })], channels: [FILES] }),
  });
  open();
  const waits = await screen.findByRole('list', { name: 'Waits' });
  expect(waits).toHaveTextContent('Reading files at DC 2goes on in 1:05');
  expect(waits).toHaveTextContent('Posting files');
  act(() => vi.advanceTimersByTime(3000));
  expect(waits).toHaveTextContent('goes on in 1:02');
  expect(waits).not.toHaveTextContent('Posting files');
});

test('a session that Telegram ended says why and what to do, one that another has says so', async () => {
  const items = [
    session({ state: 'dead', reason: 'SESSION_REVOKED' }),
    session({ id: 'user-5', name: 'Mia', kind: 'user', state: 'elsewhere' }),
    session({ id: 'bot-7', name: 'Third', state: 'dead', reason: 'SOMETHING_NEW' }),
    session({ id: 'bot-8', name: 'Fourth', state: 'dead', reason: 'it was logged out again' }),
    session({ id: 'credential-1', kind: 'unknown', name: '', state: 'dead', reason: 'No token.' }),
  ];
  serve({ [SESSIONS]: () => ({ items, channels: [FILES] }) });
  open();
  expect((await card('First bot')).getByText(/Make a new session string/)).toBeInTheDocument();
  expect((await card('Mia')).getByText('In use elsewhere')).toBeInTheDocument();
  expect(screen.getByText('It cannot log in: it was logged out again.')).toBeInTheDocument();
  expect((await card('A line of the settings')).getByText('No token.')).toBeInTheDocument();
  expect((await card('Third')).getByText('Telegram says: SOMETHING_NEW')).toBeInTheDocument();
});

test('an account that warms up says how much it carries until when', async () => {
  const warm_until = '2026-01-03T10:00:00Z';
  const warming = session({ state: 'warming', most_streams: 1, streams: 0, warm_until });
  serve({ [SESSIONS]: () => ({ items: [warming], channels: [FILES] }) });
  open();
  expect(await screen.findByText(/1 for now, all of them from Jan 3, 2026/)).toBeInTheDocument();
});

test('a channel that cannot be used says what is wrong, and a missing one which setting it is', async () => {
  const backup = {
    ...FILES,
    role: 'backup',
    ok: false,
    detail: 'bot-1001 may not post here. Make it an admin with that right.',
  };
  serve({ [SESSIONS]: () => ({ items: [session()], channels: [backup] }) });
  open();
  expect(await screen.findByText(/may not post here/)).toBeInTheDocument();
  expect(screen.getByText('Second copies')).toBeInTheDocument();
  expect(screen.getByText(/No channel is set for files/)).toBeInTheDocument();
  expect(screen.getByText(/CHANNEL_LOGS=/)).toBeInTheDocument();
});

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
  expect(screen.getByRole('status')).toHaveTextContent('Checking');
  expect(screen.getByRole('button', { name: 'Check now' })).toBeDisabled();
  answer(Response.json(found));
  expect(await screen.findByText('Out of use')).toBeInTheDocument();
  expect(screen.getByRole('status')).toHaveTextContent('1 session needs attention.');
});

test('a check that fails says why', async () => {
  const asked = serve({
    [SESSIONS]: () => ({ items: [session()], channels: [FILES] }),
    [CHECK]: () => Response.json({ detail: 'Telegram does not answer.' }, { status: 503 }),
  });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Check now' }));
  expect(await screen.findByText(/Telegram does not answer/)).toBeInTheDocument();
  expect(screen.getByRole('status')).toHaveTextContent('The check failed');
  expect(asked.filter((one) => one === CHECK)).toHaveLength(1);
});

test('the page asks anew every five seconds and tells the speed between two answers', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let down = 0;
  serve({
    [SESSIONS]: () => ({
      items: [session({ bytes_down: (down += 50_000_000) })],
      channels: [FILES],
    }),
  });
  open();
  expect(await screen.findByText('3 of 15 streams')).toBeInTheDocument();
  await act(() => vi.advanceTimersByTimeAsync(5100));
  expect(screen.getByText(/3 of 15 streams · \d+ MB\/s coming in/)).toBeInTheDocument();
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
  expect(screen.getByRole('status')).toHaveTextContent(
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

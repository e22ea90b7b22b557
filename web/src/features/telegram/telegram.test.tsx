// @vitest-environment happy-dom
import '@/test-setup';

import { act, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { card, FILES, open, serve, session, SESSIONS } from './test-page';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

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

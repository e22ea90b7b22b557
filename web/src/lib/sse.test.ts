import { afterEach, expect, test, vi } from 'vitest';

import { backOff, eventParser, listen, type ServerEvent } from './sse';

afterEach(() => vi.unstubAllGlobals());

test('an event is given once its blank line has come', () => {
  const parse = eventParser();
  expect(parse('event: job\ndata: {"id"')).toEqual([]);
  expect(parse(':1}\n')).toEqual([]);
  expect(parse('\n')).toEqual([{ name: 'job', text: '{"id":1}' }]);
});

test('lines of data are joined, comments dropped, and the name does not stick', () => {
  const parse = eventParser();
  expect(parse(': hello\n\nevent: a\ndata: 1\ndata: 2\n\ndata:3\n\n')).toEqual([
    { name: 'a', text: '1\n2' },
    { name: 'message', text: '3' },
  ]);
});

test('all three line endings are understood, even when a chunk splits one', () => {
  const parse = eventParser();
  const found: ServerEvent[] = [];
  for (const chunk of ['event: a\r', '\ndata: 1\r\n\r', '\nevent: b\rdata: 2\r\r', ' ']) {
    found.push(...parse(chunk));
  }
  expect(found).toEqual([
    { name: 'a', text: '1' },
    { name: 'b', text: '2' },
  ]);
});

test('an event without data is none', () => {
  expect(eventParser()('event: ping\n\n')).toEqual([]);
});

test('the pause grows, has a ceiling, and jitter only lengthens it', () => {
  expect([0, 1, 2].map((attempt) => backOff(attempt, () => 0))).toEqual([1000, 2000, 4000]);
  expect(backOff(20, () => 0)).toBe(30_000);
  expect(backOff(0, () => 1)).toBe(1250);
});

test('a connection that ends is opened again, and says that it is back', async () => {
  vi.useFakeTimers();
  let opened = 0;
  vi.stubGlobal('fetch', () => {
    opened += 1;
    return Promise.resolve(new Response(`event: n\ndata: ${opened}\n\n`));
  });
  const events: ServerEvent[] = [];
  const onBack = vi.fn();
  const stop = listen('/api/events', { onEvent: (event) => events.push(event), onBack });
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(onBack).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1300);
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(onBack).toHaveBeenCalledOnce();
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(opened).toBe(2);
  vi.useRealTimers();
});

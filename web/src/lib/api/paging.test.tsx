// @vitest-environment happy-dom
import '@/test-setup';

import { QueryClientProvider, useInfiniteQuery } from '@tanstack/react-query';
import { renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, test, vi } from 'vitest';

import { makeQueryClient } from '@/lib/query';

import { titlesQuery } from './catalog';

afterEach(() => vi.unstubAllGlobals());

function serve(pages: Record<string, object>) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    const cursor = new URL(url, 'http://x').searchParams.get('cursor') ?? '';
    return Promise.resolve(
      Response.json(pages[cursor] ?? { code: 'x' }, { status: pages[cursor] ? 200 : 401 }),
    );
  });
  return asked;
}

function inClient(onSignedOut = () => undefined) {
  const client = makeQueryClient(onSignedOut);
  return ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
}

test('pages follow the cursor to the end, with the filters on every page', async () => {
  const asked = serve({
    '': { items: [{ id: 'a' }], next_cursor: 'two', total: 2 },
    two: { items: [{ id: 'b' }], next_cursor: null, total: 2 },
  });
  const { result } = renderHook(
    () => useInfiniteQuery(titlesQuery('movie', { sort: '-added', genre: 'Drama' })),
    { wrapper: inClient() },
  );
  await waitFor(() => expect(result.current.isSuccess).toBe(true));
  expect(result.current.hasNextPage).toBe(true);
  await result.current.fetchNextPage();
  await waitFor(() => expect(result.current.hasNextPage).toBe(false));
  expect(result.current.data?.pages.flatMap((page) => page.items.map((one) => one.id))).toEqual([
    'a',
    'b',
  ]);
  expect(asked).toEqual([
    '/api/library/movies?sort=-added&genre=Drama&limit=120',
    '/api/library/movies?sort=-added&genre=Drama&limit=120&cursor=two',
  ]);
});

test('a refused page tells that the session is over', async () => {
  serve({});
  const onSignedOut = vi.fn();
  renderHook(() => useInfiniteQuery(titlesQuery('movie', {})), { wrapper: inClient(onSignedOut) });
  await waitFor(() => expect(onSignedOut).toHaveBeenCalledOnce());
});

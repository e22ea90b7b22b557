import { afterEach, expect, test, vi } from 'vitest';

import { address, api, ApiError } from './client';

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(() =>
    Promise.resolve(new Response(status === 204 ? null : body, { status, headers })),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error as ApiError,
  );

afterEach(() => vi.unstubAllGlobals());

test('fields without a value are left out of the address', () => {
  expect(address('/api/x', { q: 'a b', cursor: null, year: undefined, genre: '', limit: 5 })).toBe(
    '/api/x?q=a+b&limit=5',
  );
  expect(address('/api/x')).toBe('/api/x');
});

test('a call that changes something carries the CSRF header and JSON', async () => {
  const fetched = answer(200, '{"ok":true}');
  await expect(api.post('/api/x', { a: 1 })).resolves.toEqual({ ok: true });
  const init = fetched.mock.calls[0]?.[1];
  expect(init?.headers).toMatchObject({ 'X-Shadow-CSRF': '1', 'Content-Type': 'application/json' });
  expect(init?.body).toBe('{"a":1}');
});

test('a read carries no CSRF header and no body', async () => {
  const fetched = answer(200, '{}');
  await api.get('/api/x');
  expect(fetched.mock.calls[0]?.[1].headers).not.toHaveProperty('X-Shadow-CSRF');
  expect(fetched.mock.calls[0]?.[1].body).toBeUndefined();
});

test('an empty answer is undefined', async () => {
  answer(204, '');
  await expect(api.delete('/api/x')).resolves.toBeUndefined();
});

test('a problem becomes an error with the server’s own words and code', async () => {
  answer(
    409,
    '{"title":"Conflict","detail":"The name is taken.","code":"accounts.taken","status":409}',
  );
  const error = await failureOf(api.post('/api/users', {}));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 409,
    code: 'accounts.taken',
    message: 'The name is taken.',
  });
});

test('a refusal that is not JSON still says something', async () => {
  answer(503, '<html>', { 'Retry-After': '7' });
  const error = await failureOf(api.get('/api/x'));
  expect(error).toMatchObject({ status: 503, code: 'http.503', retryAfter: 7 });
  expect(error?.message).toMatch(/busy/);
});

test('a server that is not there is an offline error', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
  const error = await failureOf(api.get('/api/x'));
  expect(error?.offline).toBe(true);
});

test('a cancelled call stays a cancellation', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('', 'AbortError')));
  expect(await failureOf(api.get('/api/x'))).toMatchObject({ name: 'AbortError' });
});

test('an answer that is not JSON is an error', async () => {
  answer(200, '<html>');
  expect(await failureOf(api.get('/api/x'))).toMatchObject({ code: 'client.not_json' });
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { refusalIn } from './refusal-in';

class Request {
  constructor(
    readonly status: number,
    readonly response: unknown,
    private readonly retryAfter: string | null = null,
  ) {}

  getResponseHeader = () => this.retryAfter;
}

const bytes = (text: string) => new TextEncoder().encode(text).buffer;

beforeEach(() => vi.stubGlobal('XMLHttpRequest', Request));
afterEach(() => vi.unstubAllGlobals());

test('what our server says is read from segments and playlists alike', () => {
  const body = '{"code": "hls.busy", "detail": "Too many."}';
  const said = { status: 503, code: 'hls.busy', detail: 'Too many.', retryAfter: 4 };
  expect(refusalIn(new Request(503, bytes(body), '4'))).toEqual(said);
  expect(refusalIn(new Request(503, body, '4'))).toEqual(said);
});

test.each([
  ['an aborted request', new Request(0, null), 0],
  ['an empty body', new Request(502, bytes('')), 502],
  ['a page of a proxy', new Request(504, bytes('<html>')), 504],
  ['JSON of somebody else', new Request(500, '[1]'), 500],
  ['no request at all', undefined, 0],
])('%s says nothing but its status', (_, details, status) => {
  expect(refusalIn(details)).toEqual({ status, code: '', detail: '', retryAfter: null });
});

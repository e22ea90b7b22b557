/** The one way to the server: JSON in and out, problems as `ApiError`. */

/** What the server refused or failed to do, with a text for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** True when the server could not be reached at all. */
  get offline(): boolean {
    return this.status === 0;
  }
}

type Scalar = string | number | boolean;
export type Query = Record<string, Scalar | Scalar[] | null | undefined>;

interface CallOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Let the call outlive the page (progress sent while it closes). */
  keepalive?: boolean;
}

const FALLBACK: Record<number, string> = {
  401: 'You are signed out. Sign in to go on.',
  403: 'Your account may not do this.',
  404: 'This is not here (any more).',
  429: 'That was too often. Wait a moment and try again.',
  502: 'A service that the server asked did not answer.',
  503: 'The server is busy or starting. Try again in a moment.',
};

/** Return `path` with the query's fields that hold something; each of several values by itself. */
export function address(path: string, query: Query = {}): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '') fields.append(name, String(one));
    }
  }
  const text = fields.toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<ApiError> {
  const held: unknown = await response.json().catch(() => null);
  const problem = (typeof held === 'object' && held !== null ? held : {}) as Record<
    string,
    unknown
  >;
  const text = [problem.detail, problem.title].find((part) => typeof part === 'string' && part);
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  return new ApiError(
    response.status,
    typeof problem.code === 'string' ? problem.code : `http.${response.status}`,
    (text as string | undefined) ??
      FALLBACK[response.status] ??
      `The server answered with an error (${response.status}).`,
    retryAfter,
  );
}

/** The body as it is sent, and its type; of a form the browser names the type, with its boundary. */
function sentBody(body: unknown): { body?: BodyInit; type?: string } {
  if (body === undefined) return {};
  if (body instanceof FormData) return { body };
  if (body instanceof Blob) return { body, type: body.type || 'application/octet-stream' };
  return { body: JSON.stringify(body), type: 'application/json' };
}

async function reach(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Shadow-CSRF'] = '1';
  const { body, type } = sentBody(options.body);
  if (type) headers['Content-Type'] = type;
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      credentials: 'same-origin',
      body,
      signal: options.signal,
      keepalive: options.keepalive,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'client.offline', 'The server cannot be reached. Is it running?');
  }
}

async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await reach(method, path, options);
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(response.status, 'client.not_json', 'The server sent something unreadable.');
  }
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    call<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown) => call<T>('POST', path, { body }),
  put: <T>(path: string, body: unknown, keepalive = false) =>
    call<T>('PUT', path, { body, keepalive }),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, { body }),
  upload: <T>(path: string, content: FormData | Blob) => call<T>('POST', path, { body: content }),
  delete: <T>(path: string) => call<T>('DELETE', path),
};

/** Return the text to show for anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : 'Something went wrong.';
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

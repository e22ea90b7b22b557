import type { Refusal } from '../failure';

/** What the server said in a failed request of hls.js; nothing when it was aborted. */
export function refusalIn(details: unknown): Refusal {
  if (!(details instanceof XMLHttpRequest)) {
    return { status: 0, code: '', detail: '', retryAfter: null };
  }
  const problem = problemIn(details.response);
  return {
    status: details.status,
    code: typeof problem.code === 'string' ? problem.code : '',
    detail: typeof problem.detail === 'string' ? problem.detail : '',
    retryAfter: Number(details.getResponseHeader('Retry-After')) || null,
  };
}

/** The fields of a body in JSON. There are none in what is not from our server, or was cut off. */
function problemIn(body: unknown): Record<string, unknown> {
  const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body;
  try {
    // An aborted request has no body, and null is JSON too.
    return (JSON.parse(String(text)) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

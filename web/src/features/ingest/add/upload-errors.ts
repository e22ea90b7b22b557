/** What went wrong with an upload, and what to do, in words. */

interface Answer {
  getStatus(): number;
  getBody(): string;
}

const FOR_STATUS: Record<number, string> = {
  401: 'You were signed out. Sign in, and choose the file again: it goes on where it was.',
  403: 'Your account may not upload.',
  404: 'The server has forgotten this upload. Remove it, and choose the file again.',
  410: 'The upload took too long, and the server has let it go. Choose the file again.',
  413: 'The file is larger than this server takes.',
  423: 'This file is being sent from another window.',
  429: 'Too many uploads at once. Wait a moment, then try again.',
  507: 'The server’s disk is full. Try again when there is room.',
};

function detailOf(body: string): string | null {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === 'string' && detail ? detail : null;
  } catch {
    return null;
  }
}

/** Return a sentence for what `tus-js-client` threw. */
export function uploadError(error: unknown): string {
  const answer = (error as { originalResponse?: Answer | null } | null)?.originalResponse;
  if (answer) {
    const status = answer.getStatus();
    return (
      detailOf(answer.getBody()) ??
      FOR_STATUS[status] ??
      `The server answered with an error (${status}). Try again.`
    );
  }
  if (error instanceof Error && 'originalRequest' in error) {
    return 'The connection was lost. Try again: it goes on where it was.';
  }
  return 'The file cannot be read any more. Choose it again.';
}

import { streamAddress } from '@/lib/api/streaming';
import { ApiError } from '@/lib/api/client';
import type { MediaFile } from '@/lib/api/types';
import { codecName, undecodable, videoOf } from '@/lib/codecs';

/** Why a file does not play. */
export interface PlayFailure {
  kind: 'missing' | 'changed' | 'undecodable' | 'stalled' | 'busy' | 'token' | 'network' | 'server';
  title: string;
  detail: string;
  /** Seconds after which it is worth trying again by itself. */
  retryIn?: number;
}

/** What a server said when it did not send what it was asked for; status 0: nothing at all. */
export interface Refusal {
  status: number;
  code: string;
  detail: string;
  /** Seconds. */
  retryAfter: number | null;
}

export const MISSING: PlayFailure = {
  kind: 'missing',
  title: 'The file is not there',
  detail:
    'It was moved, renamed or its disk is not mounted. A scan finds it again once it is back.',
};

const NETWORK: PlayFailure = {
  kind: 'network',
  title: 'The connection broke',
  detail: 'The server stopped sending. Check that it is running, then try again.',
};

const CHANGED: PlayFailure = {
  kind: 'changed',
  title: 'The file has changed',
  detail: 'It was replaced while it played. It goes on once the library knows the new one.',
  retryIn: 5,
};

const EXPIRED: PlayFailure = {
  kind: 'token',
  title: 'The permission to play ran out',
  detail: 'It could not be renewed in time. Try again; you may have to sign in first.',
};

const DENIED: PlayFailure = {
  kind: 'token',
  title: 'You may not play this now',
  detail: 'You were signed out, or your account was changed. Sign in, then try again.',
};

const STALLED: PlayFailure = {
  kind: 'stalled',
  title: 'The picture stands still',
  detail: 'This device does not keep up with it, or is busy. A smaller picture may do.',
};

/** Seconds between two tries when a busy server does not say how long it will be. */
const BUSY = 10;

function busy({ detail, retryAfter }: Refusal, title = 'The server is busy'): PlayFailure {
  return {
    kind: 'busy',
    title,
    detail: detail || 'It is converting for others. It will be tried again by itself.',
    retryIn: Math.max(1, retryAfter ?? BUSY),
  };
}

function unable({ status, detail }: Refusal): PlayFailure {
  return {
    kind: 'server',
    title: 'The server could not make it playable',
    detail: detail || `It answered with an error (${status}).`,
  };
}

/** What a code says more exactly than the status does. */
const BY_CODE: Record<string, (refusal: Refusal) => PlayFailure> = {
  'hls.file_changed': () => CHANGED,
  'hls.token_expired': () => EXPIRED,
  'hls.indexing': (refusal) => busy(refusal, 'The file is being read for the first time'),
  'hls.cache_full': unable,
  'hls.encoding_failed': unable,
};

/** Say what a refusal means for the person who watches. */
export function failureOf(refusal: Refusal): PlayFailure {
  const known = BY_CODE[refusal.code];
  if (known) return known(refusal);
  switch (refusal.status) {
    case 0:
      return NETWORK;
    case 401:
    case 403:
      return DENIED;
    case 404:
    case 410:
      return MISSING;
    case 429:
    case 503:
      return busy(refusal);
    default:
      return unable(refusal);
  }
}

/** What a trouble means that did not go away. */
export const troubled = (trouble: string) => (trouble === 'stall' ? STALLED : NETWORK);

/** What was thrown by a call to the API, as a refusal. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ApiError) {
    const { status, code, message, retryAfter } = error;
    return { status, code, detail: message, retryAfter };
  }
  return { status: 0, code: '', detail: '', retryAfter: null };
}

/** Say what this browser cannot decode in a file. */
export function cannotDecode(file: MediaFile): PlayFailure {
  const foreign = undecodable(file);
  const blamed = foreign.length ? foreign : [videoOf(file)].filter((one) => one !== undefined);
  const names = blamed.map((one) => `${codecName(one.codec)} ${one.type}`).join(' and ');
  const what = `${names || 'something'}${file.container ? ` (${file.container})` : ''}`;
  return {
    kind: 'undecodable',
    title: 'This browser cannot play it',
    detail: foreign.length
      ? `The file holds ${what}, which this browser does not decode. Another version, or another player, may work.`
      : `The file holds ${what}. It may be damaged, or packed in a way that this browser does not read. Another version, or another player, may work.`,
  };
}

/** Find out why the video element gave up on a file, by asking the server about it. */
export async function diagnose(file: MediaFile, url = streamAddress(file.id)) {
  try {
    const answer = await fetch(url, { method: 'HEAD' });
    if (answer.ok) return cannotDecode(file);
    const retryAfter = Number(answer.headers.get('Retry-After')) || null;
    return failureOf({ status: answer.status, code: '', detail: '', retryAfter });
  } catch {
    return NETWORK;
  }
}

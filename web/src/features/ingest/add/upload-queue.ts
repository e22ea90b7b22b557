/** What a queue of uploads is, and how it changes. No network here: that is `upload-engine`. */

export type UploadState = 'waiting' | 'sending' | 'paused' | 'failed' | 'done';

export interface QueuedUpload {
  key: number;
  name: string;
  size: number;
  /** Bytes that the server has, as far as is known here. */
  sent: number;
  state: UploadState;
  /** Bytes a second, smoothed; null while unknown. */
  speed: number | null;
  /** When `sent` was last looked at, in milliseconds. */
  seenAt: number;
  error: string | null;
  /** The server's name of it, once it has one. */
  uploadId: string | null;
  /** The job that goes on with it, once it is whole. */
  jobId: string | null;
}

export type QueueEvent =
  | { type: 'added'; upload: Pick<QueuedUpload, 'key' | 'name' | 'size'> }
  | { type: 'began'; key: number }
  | { type: 'named'; key: number; uploadId: string }
  | { type: 'moved'; key: number; sent: number; at: number }
  | { type: 'paused'; key: number }
  | { type: 'queued'; key: number }
  | { type: 'failed'; key: number; error: string }
  | { type: 'done'; key: number; jobId: string | null }
  | { type: 'removed'; key: number };

/** Files that are sent at the same time. */
export const MOST_AT_ONCE = 2;
/** Milliseconds in which half of the smoothed speed is new. */
const HALF_LIFE = 3000;

function moved(one: QueuedUpload, sent: number, at: number): QueuedUpload {
  const passed = at - one.seenAt;
  if (!one.seenAt || passed <= 0) return { ...one, sent, seenAt: at };
  const now = Math.max(0, ((sent - one.sent) / passed) * 1000);
  const old = 0.5 ** (passed / HALF_LIFE);
  return {
    ...one,
    sent,
    seenAt: at,
    speed: one.speed === null ? now : one.speed * old + now * (1 - old),
  };
}

const STILL = { speed: null, seenAt: 0 };

function change(one: QueuedUpload, event: QueueEvent): QueuedUpload {
  switch (event.type) {
    case 'began':
      return { ...one, ...STILL, state: 'sending', error: null };
    case 'named':
      return { ...one, uploadId: event.uploadId };
    case 'moved':
      return one.state === 'sending' ? moved(one, event.sent, event.at) : one;
    case 'paused':
      return { ...one, ...STILL, state: 'paused' };
    case 'queued':
      return { ...one, ...STILL, state: 'waiting', error: null };
    case 'failed':
      return { ...one, ...STILL, state: 'failed', error: event.error };
    case 'done':
      return { ...one, ...STILL, state: 'done', sent: one.size, jobId: event.jobId };
    default:
      return one;
  }
}

export function reduceQueue(queue: QueuedUpload[], event: QueueEvent): QueuedUpload[] {
  if (event.type === 'added') {
    const fresh = { sent: 0, ...STILL, error: null, uploadId: null, jobId: null };
    return [...queue, { ...event.upload, ...fresh, state: 'waiting' }];
  }
  if (event.type === 'removed') return queue.filter((one) => one.key !== event.key);
  return queue.map((one) => (one.key === event.key ? change(one, event) : one));
}

/** Return the keys of those that are to begin now. */
export function nextToSend(queue: readonly QueuedUpload[]): number[] {
  const room = MOST_AT_ONCE - queue.filter((one) => one.state === 'sending').length;
  const waiting = queue.filter((one) => one.state === 'waiting');
  return waiting.slice(0, Math.max(0, room)).map((one) => one.key);
}

/** Seconds until an upload is through, or null while that cannot be told. */
export function secondsLeft(one: QueuedUpload): number | null {
  return one.speed ? (one.size - one.sent) / one.speed : null;
}

/** How far all of them together are, 0–1; null when there is nothing to send. */
export function shareSent(queue: readonly QueuedUpload[]): number | null {
  const open = queue.filter((one) => one.state !== 'done');
  const total = open.reduce((sum, one) => sum + one.size, 0);
  return total ? open.reduce((sum, one) => sum + one.sent, 0) / total : null;
}

/** The uploads of this page: they go on while one looks at other pages, until it is closed. */
import type { Upload as Tus, UploadOptions } from 'tus-js-client';
import { useSyncExternalStore } from 'react';

import { follow } from '@/lib/followed';

import { uploadError } from './upload-errors';
import { nextToSend, reduceQueue, type QueuedUpload, type QueueEvent } from './upload-queue';

const ENDPOINT = '/api/uploads';
/** Bytes sent in one request: proxies in between have limits. */
const CHUNK = 32 * 1024 * 1024;
const RETRY_DELAYS = [0, 1000, 3000, 6000, 12_000, 24_000];

export interface UploadWish {
  /** What the person calls it. */
  title?: string;
  storage?: string;
  /** An upload that the server holds the beginning of. */
  resume?: string;
}

interface Sent {
  file: File;
  wish: UploadWish;
  tus: Tus | null;
  /** Counts its beginnings: of two in a row, the later one sends. */
  turn: number;
  /** The server was asked for a place and has not answered: broken off now, it would keep that. */
  asking: boolean;
  /** The server has the beginning of it since an earlier visit. */
  known: boolean;
}

let queue: QueuedUpload[] = [];
let serial = 0;
const files = new Map<number, Sent>();
const watchers = new Set<() => void>();
const endings = new Set<() => void>();

function tell(event: QueueEvent): void {
  queue = reduceQueue(queue, event);
  watchers.forEach((watcher) => watcher());
  for (const key of nextToSend(queue)) void begin(key);
}

const idOf = (url: string | null | undefined) => url?.split('/').pop() || null;

const stateOf = (key: number) => queue.find((one) => one.key === key)?.state;

/** Stop sending, now or once the server's answer is there; give up what was removed. */
function halt(key: number, sent: Sent): void {
  if (sent.asking) return;
  const gone = !files.has(key);
  // If the server cannot be told, it forgets by itself when the upload's time is over.
  void sent.tus
    ?.abort(gone)
    .catch(() => undefined)
    .finally(() => gone && endings.forEach((ending) => ending()));
}

function optionsFor(key: number, sent: Sent): UploadOptions {
  const { file, wish } = sent;
  const metadata: Record<string, string> = { filename: file.name };
  if (wish.title) metadata.title = wish.title;
  if (wish.storage) metadata.storage = wish.storage;
  return {
    endpoint: ENDPOINT,
    uploadUrl: wish.resume ? `${ENDPOINT}/${encodeURIComponent(wish.resume)}` : undefined,
    headers: { 'X-Shadow-CSRF': '1' },
    metadata,
    chunkSize: CHUNK,
    retryDelays: RETRY_DELAYS,
    removeFingerprintOnSuccess: true,
    onUploadUrlAvailable: () => {
      sent.asking = false;
      const uploadId = idOf(sent.tus?.url);
      if (uploadId) tell({ type: 'named', key, uploadId });
      if (stateOf(key) !== 'sending') halt(key, sent);
    },
    onProgress: (sent) => tell({ type: 'moved', key, sent, at: Date.now() }),
    onError: (error) => {
      sent.asking = false;
      tell({ type: 'failed', key, error: uploadError(error) });
    },
    onSuccess: ({ lastResponse }) => finish(key, lastResponse.getHeader('Shadow-Job') ?? null),
  };
}

function finish(key: number, jobId: string | null): void {
  const sent = files.get(key);
  if (jobId && sent) follow({ id: jobId, label: sent.wish.title || sent.file.name });
  files.delete(key);
  tell({ type: 'done', key, jobId });
  endings.forEach((ending) => ending());
}

async function open(key: number, sent: Sent): Promise<Tus> {
  const { Upload } = await import('tus-js-client');
  const tus = new Upload(sent.file, optionsFor(key, sent));
  const earlier = sent.wish.resume ? [] : await tus.findPreviousUploads();
  if (earlier[0]) tus.resumeFromPreviousUpload(earlier[0]);
  sent.known = Boolean(sent.wish.resume || earlier[0]);
  return tus;
}

async function begin(key: number): Promise<void> {
  const sent = files.get(key);
  if (!sent) return;
  sent.turn += 1;
  const { turn } = sent;
  queue = reduceQueue(queue, { type: 'began', key }); // at once: it must not begin twice
  try {
    const tus = sent.tus ?? (await open(key, sent));
    // It may have been paused, removed or begun anew while its parts were loaded.
    if (turn !== sent.turn || stateOf(key) !== 'sending') return;
    sent.tus = tus;
    tell({ type: 'began', key });
    if (sent.asking) return; // it was paused and goes on before the server answered
    sent.asking = tus.url === null && !sent.known;
    tus.start();
  } catch (error) {
    tell({ type: 'failed', key, error: uploadError(error) });
  }
}

/** Put files at the end of the queue; they are sent two at a time. */
export function addFiles(chosen: readonly File[], wish: UploadWish = {}): void {
  for (const file of chosen) {
    serial += 1;
    files.set(serial, { file, wish, tus: null, turn: 0, asking: false, known: false });
    tell({ type: 'added', upload: { key: serial, name: file.name, size: file.size } });
  }
}

export function pauseUpload(key: number): void {
  tell({ type: 'paused', key });
  const sent = files.get(key);
  if (sent) halt(key, sent);
}

/** Go on with a paused or failed upload, from where it was. */
export const resumeUpload = (key: number) => tell({ type: 'queued', key });

/** Take an upload out of the queue; what the server has of an unfinished one is deleted there. */
export function removeUpload(key: number): void {
  const sent = files.get(key);
  files.delete(key);
  tell({ type: 'removed', key });
  if (sent) halt(key, sent);
}

/** Call back whenever an upload ended, however it did; returns how to stop that. */
export function onUploadEnd(ending: () => void): () => void {
  endings.add(ending);
  return () => endings.delete(ending);
}

export const useUploads = () =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => queue,
  );

// A closed page sends nothing more: the browser asks first.
window.addEventListener('beforeunload', (event) => {
  if (queue.some((one) => one.state === 'sending' || one.state === 'waiting')) {
    event.preventDefault();
  }
});

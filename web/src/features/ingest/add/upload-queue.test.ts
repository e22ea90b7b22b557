import { expect, test } from 'vitest';

import { uploadError } from './upload-errors';
import {
  nextToSend,
  reduceQueue,
  secondsLeft,
  shareSent,
  type QueuedUpload,
  type QueueEvent,
} from './upload-queue';

const added = (key: number, size = 1000): QueueEvent => ({
  type: 'added',
  upload: { key, name: `${key}.mkv`, size },
});
const after = (...events: QueueEvent[]) => events.reduce(reduceQueue, [] as QueuedUpload[]);

test('two files are sent at a time, in the order they came', () => {
  const queue = after(added(1), added(2), added(3));
  expect(nextToSend(queue)).toEqual([1, 2]);
  const begun = after(added(1), added(2), added(3), { type: 'began', key: 1 });
  expect(nextToSend(begun)).toEqual([2]);
});

test('a paused upload makes room for the next, and waits its turn again when it goes on', () => {
  const events = [added(1), added(2), added(3)];
  const both: QueueEvent[] = [
    { type: 'began', key: 1 },
    { type: 'began', key: 2 },
    { type: 'paused', key: 1 },
  ];
  expect(nextToSend(after(...events, ...both))).toEqual([3]);
  const on: QueueEvent[] = [
    { type: 'began', key: 3 },
    { type: 'queued', key: 1 },
  ];
  expect(nextToSend(after(...events, ...both, ...on))).toEqual([]);
});

test('speed is smoothed, and tells the time left', () => {
  const [one] = after(
    added(1, 10_000),
    { type: 'began', key: 1 },
    { type: 'moved', key: 1, sent: 0, at: 1000 },
    { type: 'moved', key: 1, sent: 1000, at: 2000 },
  );
  expect(one?.speed).toBe(1000);
  expect(one && secondsLeft(one)).toBe(9);
  const [slower] = reduceQueue(one ? [one] : [], { type: 'moved', key: 1, sent: 1000, at: 5000 });
  expect(slower?.speed).toBe(500);
});

test('what was resumed is not taken for speed', () => {
  const [one] = after(
    added(1, 10_000),
    { type: 'began', key: 1 },
    { type: 'moved', key: 1, sent: 9000, at: 1000 },
  );
  expect(one?.sent).toBe(9000);
  expect(one?.speed).toBeNull();
});

test('word of progress that comes after a pause changes nothing', () => {
  const [one] = after(
    added(1),
    { type: 'began', key: 1 },
    { type: 'paused', key: 1 },
    { type: 'moved', key: 1, sent: 700, at: 9 },
  );
  expect(one).toMatchObject({ state: 'paused', sent: 0 });
});

test('a failed upload keeps what was sent, says why, and can begin again', () => {
  const failed = after(
    added(1),
    { type: 'began', key: 1 },
    { type: 'moved', key: 1, sent: 400, at: 5 },
    { type: 'failed', key: 1, error: 'No' },
  );
  expect(failed[0]).toMatchObject({ state: 'failed', sent: 400, error: 'No' });
  const again = reduceQueue(failed, { type: 'queued', key: 1 });
  expect(again[0]).toMatchObject({ state: 'waiting', error: null });
  expect(nextToSend(again)).toEqual([1]);
});

test('the share sent leaves out what is through', () => {
  const queue = after(
    added(1, 1000),
    added(2, 1000),
    { type: 'done', key: 1, jobId: 'j' },
    { type: 'began', key: 2 },
    { type: 'moved', key: 2, sent: 250, at: 5 },
  );
  expect(shareSent(queue)).toBe(0.25);
  expect(shareSent(after(added(1), { type: 'done', key: 1, jobId: null }))).toBeNull();
  expect(after(added(1), { type: 'removed', key: 1 })).toEqual([]);
});

test('an error is told in the server’s words, else by its status, else as a lost connection', () => {
  const refused = (status: number, body: string) =>
    Object.assign(new Error('tus'), {
      originalRequest: {},
      originalResponse: { getStatus: () => status, getBody: () => body },
    });
  expect(uploadError(refused(413, '{"detail":"A file may have 5 bytes."}'))).toBe(
    'A file may have 5 bytes.',
  );
  expect(uploadError(refused(404, 'not json'))).toContain('has forgotten');
  expect(uploadError(refused(599, ''))).toContain('(599)');
  const lost = Object.assign(new Error('tus'), { originalRequest: {}, originalResponse: null });
  expect(uploadError(lost)).toContain('connection was lost');
  expect(uploadError(new DOMException('x', 'NotReadableError'))).toContain('Choose it again');
});

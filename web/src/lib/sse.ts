/** Server-sent events over fetch, with a reconnect that backs off (HTML Living Standard, 9.2). */

export interface ServerEvent {
  name: string;
  text: string;
}

/** Return a function that takes chunks of the stream and gives the events they complete. */
export function eventParser(): (chunk: string) => ServerEvent[] {
  let rest = '';
  let name = '';
  let lines: string[] = [];

  const take = (line: string): ServerEvent | null => {
    if (line === '') {
      const event = lines.length ? { name: name || 'message', text: lines.join('\n') } : null;
      name = '';
      lines = [];
      return event;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') lines.push(value);
    return null;
  };

  return (chunk) => {
    rest += chunk;
    // A lone \r at the very end may be the first half of \r\n: keep it for the next chunk.
    const held = rest.endsWith('\r') ? '\r' : '';
    const parts = rest.slice(0, rest.length - held.length).split(/\r\n|\n|\r/);
    rest = (parts.pop() ?? '') + held;
    return parts.map(take).filter((event) => event !== null);
  };
}

/** Milliseconds before try number `attempt` (from 0), with up to a quarter of jitter. */
export function backOff(attempt: number, random = Math.random): number {
  const base = Math.min(30_000, 1000 * 2 ** attempt);
  return base + base * 0.25 * random();
}

interface Listening {
  onEvent: (event: ServerEvent) => void;
  /** Called after a lost connection is back: what was missed has to be asked for. */
  onBack?: () => void;
}

async function readOnce(
  url: string,
  signal: AbortSignal,
  onOpen: () => void,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const response = await fetch(url, { signal, headers: { Accept: 'text/event-stream' } });
  if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = eventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parse(value).forEach(onEvent);
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((wake) => {
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      wake();
    });
  });

/** Listen until the returned function is called. */
export function listen(url: string, { onEvent, onBack }: Listening): () => void {
  const end = new AbortController();
  const run = async () => {
    let attempt = 0;
    let opened = false;
    while (!end.signal.aborted) {
      try {
        await readOnce(
          url,
          end.signal,
          () => {
            attempt = 0;
            if (opened) onBack?.();
            opened = true;
          },
          onEvent,
        );
      } catch {
        // A lost or refused connection: the pause below is the answer to all of them.
      }
      if (!end.signal.aborted) await pause(backOff(attempt++), end.signal);
    }
  };
  void run();
  return () => end.abort();
}

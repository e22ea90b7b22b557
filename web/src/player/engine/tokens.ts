import type { PlaybackAnswer } from '@/lib/api/playback';

/** Milliseconds: the least time between two renewals, also with a clock that is wrong. */
const LEAST = 30_000;
/** The share of a token's life after which it is renewed. */
const SHARE = 0.75;
/** Milliseconds between tries that fail: the first, and the most. */
const AGAIN = { first: 2_000, most: 60_000 };

const PATTERN = /(\/hls\/([^/?#]+)\/)([^/?#]+)(?=[/?#]|$)/;

/** Put `token` in place of the one in an HLS address of the same file; others stay as they are. */
export function swapToken(url: string, fileId: string, token: string): string {
  return url.replace(PATTERN, (whole, before: string, file: string) =>
    file === fileId ? before + token : whole,
  );
}

interface Held {
  file: string;
  token: string;
  /** By the clock of this browser, in milliseconds. */
  expires: number;
}

/** Keeps the token in HLS addresses alive, by asking again before it expires. */
export class TokenKeeper {
  private held: Held | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private failures = 0;

  constructor(
    private readonly ask: () => Promise<PlaybackAnswer>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Take the token of an answer; one without an HLS address ends the renewing. */
  take(answer: PlaybackAnswer): void {
    clearTimeout(this.timer);
    const [, , file, token] = PATTERN.exec(answer.url ?? '') ?? [];
    this.failures = 0;
    this.held = null;
    if (!file || !token || !answer.expires_at) return;
    const expires = new Date(answer.expires_at).getTime();
    this.held = { file, token, expires };
    this.wake(Math.max(LEAST, (expires - this.now()) * SHARE));
  }

  /** Return an address with the token of now. */
  apply(url: string): string {
    return this.held ? swapToken(url, this.held.file, this.held.token) : url;
  }

  /** Wait for a new token when this one has run out, as after a sleep of the machine. */
  async fresh(): Promise<void> {
    if (this.held && this.now() >= this.held.expires) await this.renew();
  }

  /** Ask for a new token now. Failing leaves the old one, and another try in a while. */
  renew(): Promise<void> {
    this.running ??= this.once().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.held = null;
  }

  private async once(): Promise<void> {
    const before = this.held;
    try {
      const answer = await this.ask();
      // A source that was changed meanwhile has a token of its own.
      if (this.held === before && before) this.take(answer);
    } catch {
      if (this.held !== before || !before) return;
      this.wake(Math.min(AGAIN.most, AGAIN.first * 2 ** this.failures));
      this.failures += 1;
    }
  }

  private wake(after: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), after);
  }
}

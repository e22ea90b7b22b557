import type { PlaybackAnswer } from '@/lib/api/playback';
import type { MediaFile } from '@/lib/api/types';

import {
  cannotDecode,
  diagnose,
  failureOf,
  refusalOf,
  troubled,
  type PlayFailure,
} from '../failure';

import { openSource } from './open-source';
import { Question, type Wish } from './question';
import { makeRecovery, type Trouble } from './recovery';
import { NOTHING_KNOWN, type Quality, type Source, type SourceProblem } from './source';
import { answered, BEFORE, selectedAudio, soundOf, type EngineState } from './state';
import { takeOver } from './take-over';
import { TokenKeeper } from './tokens';

interface Wiring {
  file: MediaFile;
  /** Seconds. */
  startAt: number;
  say: (text: string) => void;
}

interface Change {
  answer: PlaybackAnswer;
  make: Awaited<ReturnType<typeof openSource>>;
  wish: Wish;
  play: boolean;
}

/** Plays one file on one video element: asks how, opens it so, changes it, and mends it. */
export class PlaybackEngine {
  private current = BEFORE;
  private readonly listeners = new Set<() => void>();
  private readonly question: Question;
  private readonly tokens: TokenKeeper;
  private recovery = makeRecovery();
  private video: HTMLVideoElement | null = null;
  private source: Source | null = null;
  private arriving: AbortController | null = null;
  /** Where to go on while no source is ready. */
  private pending: number | null;
  /** What is played, or was to be played when nothing could be. */
  private wish: Wish = { prefer: 'direct', audio: null, quality: 'auto', burned: null };
  /** The sound that the whole file is played with. */
  private wholeAudio: number | null = null;
  private turn = 0;

  constructor(private readonly wiring: Wiring) {
    this.pending = wiring.startAt;
    this.question = new Question(wiring.file.id);
    this.tokens = new TokenKeeper(this.question.again);
  }

  readonly state = (): EngineState => this.current;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly position = (): number => this.pending ?? this.video?.currentTime ?? 0;

  readonly withToken = (url: string): string => this.tokens.apply(url);

  readonly figures = () => this.source?.figures() ?? null;

  attach(video: HTMLVideoElement): void {
    this.video = video;
    void this.open({}, true);
  }

  detach(): void {
    this.pending = this.position();
    this.close();
    this.video = null;
  }

  /** Play another quality: at once where the source can, else from a new one. */
  readonly chooseQuality = (quality: Quality): void => {
    const { fitsDirect, delivery } = this.current;
    if (quality === 'source' && fitsDirect && this.wish.audio === null) {
      if (delivery === 'hls') void this.open({ quality, prefer: 'direct' });
    } else if (delivery === 'hls' && this.source?.chooseQuality(quality)) {
      this.wish = { ...this.wish, quality };
      this.update({ quality });
    } else {
      void this.open({ quality, prefer: 'hls' });
    }
  };

  /** Play another sound. A browser that cannot change it in a file gets segments instead. */
  readonly chooseAudio = (index: number): void => {
    if (index === soundOf(this.current)) return;
    const audio = index === this.wholeAudio ? null : index;
    if (this.source?.chooseAudio(index)) {
      this.wish = { ...this.wish, audio };
      this.onChange();
    } else {
      // The picture stays the file's own, where it can be copied.
      const whole = this.current.delivery === 'direct' && { quality: 'source' };
      void this.open({ ...whole, audio, prefer: 'hls' });
    }
  };

  /** Have the server draw a subtitle into the picture (its stream's number), or none. */
  readonly burn = (burned: number | null): void => {
    if (burned !== this.wish.burned) void this.open({ burned });
  };

  /** Try again after a failure, perhaps with less. */
  readonly retry = (quality?: Quality): void => {
    this.recovery = makeRecovery();
    if (quality) this.wish = { ...this.wish, quality, prefer: 'hls' };
    this.update({ failure: null });
    if (this.video) void this.open({}, true);
  };

  private update(change: Partial<EngineState>): void {
    this.current = { ...this.current, ...change };
    this.listeners.forEach((listener) => listener());
  }

  private readonly onChange = (): void => {
    this.update({ source: this.source?.state() ?? NOTHING_KNOWN });
  };

  /** Ask the server, and go on from where it stands with what it answers. */
  private async open(change: Partial<Wish>, play = false): Promise<void> {
    const turn = ++this.turn;
    const wish = { ...this.wish, ...change };
    try {
      const answer = await this.question.ask(wish);
      const make = await openSource(answer);
      if (turn === this.turn && this.video) this.change(this.video, { answer, make, wish, play });
    } catch (error) {
      if (turn !== this.turn || !this.video) return;
      const failure = failureOf(refusalOf(error));
      // What plays goes on playing.
      if (this.source && !play) this.wiring.say(`${failure.title}. ${failure.detail}`);
      else this.fail(failure);
    }
  }

  private change(video: HTMLVideoElement, { answer, make, wish, play }: Change): void {
    const stood = this.position();
    // The file may have become a shorter one.
    const at = stood < (answer.duration ?? Infinity) ? stood : 0;
    const goesOn = { at, play: play || !video.paused };
    this.close();
    this.pending = at;
    this.settle(answer, wish);
    const source: Source = make({
      video,
      startAt: at,
      quality: this.current.quality,
      audio: wish.audio,
      tokens: this.tokens,
      onChange: this.onChange,
      onProblem: (problem) => {
        if (this.source === source) void this.onProblem(problem);
      },
    });
    this.source = source;
    this.arriving = takeOver(video, goesOn, () => {
      this.pending = null;
    });
    this.onChange();
  }

  private settle(answer: PlaybackAnswer, wish: Wish): void {
    this.tokens.take(answer);
    this.wish = wish;
    this.update(answered(this.current, answer, wish));
    if (this.current.delivery === 'direct') this.wholeAudio = selectedAudio(answer);
  }

  private close(): void {
    this.tokens.stop();
    this.arriving?.abort();
    this.source?.destroy();
    this.source = null;
  }

  private fail(failure: PlayFailure): void {
    this.pending = this.position();
    this.turn += 1;
    this.update({ failure });
  }

  private async onProblem(problem: SourceProblem): Promise<void> {
    if (problem.kind === 'decode') this.convert();
    else if (problem.kind === 'unreadable') await this.onUnreadable();
    else if (problem.kind === 'refused') await this.onRefused(failureOf(problem.refusal));
    else this.mend(problem.trouble);
  }

  private async onUnreadable(): Promise<void> {
    const { turn } = this;
    const found = await diagnose(this.wiring.file, this.current.answer?.url ?? undefined);
    if (turn !== this.turn) return;
    if (found.kind === 'undecodable') this.convert();
    else if (found.kind === 'token') this.mend('network', found);
    else this.fail(found);
  }

  private async onRefused(failure: PlayFailure): Promise<void> {
    if (failure.kind === 'token') await this.tokens.renew();
    if (['network', 'server', 'token'].includes(failure.kind)) this.mend('network', failure);
    else this.fail(failure);
  }

  private mend(trouble: Trouble, failure = troubled(trouble)): void {
    const remedy = this.recovery(trouble);
    if (remedy === 'give up') {
      if (trouble === 'media') this.convert();
      else this.fail(failure);
    } else if (!this.source?.mend(remedy)) {
      const playing = this.video?.paused === false;
      this.pending = this.position();
      this.close();
      void this.open({}, playing);
    }
  }

  /** The browser does not decode it: have the server do more, and say so. */
  private convert(): void {
    const { answer, delivery } = this.current;
    const codec = answer?.video_track?.codec;
    if (delivery === 'direct') {
      this.update({ fitsDirect: false });
      this.wiring.say('It did not play as it is: the server repacks it');
    } else if (codec && answer.video === 'copy' && this.question.exclude(codec)) {
      this.wiring.say('It did not play as it is: the server converts it');
    } else {
      this.fail(cannotDecode(this.wiring.file));
      return;
    }
    void this.open({ prefer: 'hls', quality: 'auto' }, true);
  }
}

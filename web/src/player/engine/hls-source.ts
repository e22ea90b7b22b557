import type Hls from 'hls.js';
import type { ErrorData, Level } from 'hls.js';

import { hlsSettings } from './hls-settings';
import { audioIndex, qualityName } from './names';
import type { Remedy } from './recovery';
import { refusalIn } from './refusal-in';
import type { OfferedQuality, Quality, Source, SourceEvents, SourceState } from './source';
import type { TokenKeeper } from './tokens';

interface Wish {
  url: string;
  /** Seconds. */
  startAt: number;
  quality: Quality;
  audio: number | null;
  /** True when the server need not encode the source's own picture. */
  copies: boolean;
}

const nameOf = (level: Level) => qualityName(level.uri);

/** Errors of hls.js that mean that the browser does not take these codecs. */
const UNABLE = new Set([
  'manifestIncompatibleCodecsError',
  'bufferAddCodecError',
  'bufferIncompatibleCodecsError',
]);

/** Play segments with hls.js. */
export class HlsSource implements Source {
  private readonly hls: Hls;
  private segment: { wait: number; total: number; bytes: number } | null = null;
  private gone = false;

  constructor(
    private readonly kind: typeof Hls,
    video: HTMLVideoElement,
    private readonly wish: Wish,
    private readonly tokens: TokenKeeper,
    private readonly events: SourceEvents,
  ) {
    this.hls = new kind({
      ...hlsSettings(wish.startAt),
      // Copying costs the server nothing: then a small window is no reason to encode.
      capLevelToPlayerSize: !wish.copies,
      xhrSetup: async (xhr, url) => {
        await tokens.fresh();
        if (!this.gone) xhr.open('GET', tokens.apply(url), true);
      },
    });
    this.listen();
    this.hls.loadSource(wish.url);
    this.hls.attachMedia(video);
  }

  state(): SourceState {
    const { levels, audioTracks, audioTrack, currentLevel, loadLevel } = this.hls;
    const shown = levels[currentLevel === -1 ? loadLevel : currentLevel];
    const sound = audioTracks[audioTrack];
    return {
      qualities: offered(levels),
      showing: shown ? nameOf(shown) : null,
      audio: sound ? audioIndex(sound.url) : null,
    };
  }

  figures() {
    const level = this.hls.levels[this.hls.currentLevel];
    return {
      bandwidth: this.hls.bandwidthEstimate || null,
      segment: this.segment,
      codecs: level ? [level.videoCodec, level.audioCodec].filter(Boolean).join(', ') : null,
    };
  }

  chooseQuality(quality: Quality): boolean {
    const wanted = quality === 'auto' ? -1 : this.levelOf(quality);
    if (wanted === undefined) return false;
    // Not `currentLevel`, which holds the picture until the next key picture has come.
    this.hls.nextLevel = wanted;
    this.events.onChange();
    return true;
  }

  chooseAudio(index: number): boolean {
    const track = this.hls.audioTracks.findIndex((one) => audioIndex(one.url) === index);
    if (track === -1) return false;
    this.hls.audioTrack = track;
    return true;
  }

  mend(remedy: Remedy): boolean {
    if (remedy === 'load') {
      this.hls.startLoad();
    } else {
      if (remedy === 'swap') this.hls.swapAudioCodec();
      this.hls.recoverMediaError();
    }
    return true;
  }

  destroy(): void {
    this.gone = true;
    this.hls.destroy();
  }

  /** The level of a quality, in the present group of sound where there are several. */
  private levelOf(quality: Quality): number | undefined {
    const { levels, audioTracks, audioTrack } = this.hls;
    const group = audioTracks[audioTrack]?.groupId;
    const named = levels
      .map((_, at) => at)
      .filter((at) => levels[at] && nameOf(levels[at]) === quality);
    return named.find((at) => group && levels[at]?.audioGroups?.includes(group)) ?? named[0];
  }

  private listen(): void {
    const { Events } = this.kind;
    const changed = () => this.events.onChange();
    this.hls.on(Events.MANIFEST_PARSED, () => this.begin());
    this.hls.on(Events.AUDIO_TRACKS_UPDATED, () => {
      if (this.wish.audio !== null) this.chooseAudio(this.wish.audio);
      changed();
    });
    for (const event of [Events.LEVEL_SWITCHED, Events.AUDIO_TRACK_SWITCHED]) {
      this.hls.on(event, changed);
    }
    this.hls.on(Events.FRAG_LOADED, (_, { frag }) => {
      const { loading, total } = frag.stats;
      const since = (moment: number) => (moment - loading.start) / 1000;
      this.segment = { wait: since(loading.first), total: since(loading.end), bytes: total };
    });
    this.hls.on(Events.ERROR, (_, error) => this.onError(error));
  }

  private begin(): void {
    const wanted = this.levelOf(this.wish.quality);
    const source = this.levelOf('source');
    if (this.wish.quality !== 'auto' && wanted !== undefined) {
      this.hls.startLevel = wanted;
      this.hls.loadLevel = wanted;
    } else if (this.wish.copies && source !== undefined) {
      this.hls.startLevel = source;
    }
    this.events.onChange();
  }

  private onError(error: ErrorData): void {
    const { ErrorTypes } = this.kind;
    const refusal = refusalIn(error.networkDetails);
    if (refusal.code === 'hls.token_expired') void this.tokens.renew();
    // Other renditions of a file that is gone would go on until their copies end.
    if (!error.fatal && refusal.code !== 'hls.file_changed') return;
    if (UNABLE.has(error.details)) {
      this.events.onProblem({ kind: 'decode' });
    } else if (error.type === ErrorTypes.MEDIA_ERROR) {
      const trouble = error.details === 'bufferStalledError' ? 'stall' : 'media';
      this.events.onProblem({ kind: 'trouble', trouble });
    } else {
      this.events.onProblem({ kind: 'refused', refusal });
    }
  }
}

function offered(levels: Level[]): OfferedQuality[] {
  const byName = new Map<string, OfferedQuality>();
  for (const level of levels) {
    const name = nameOf(level);
    if (name) byName.set(name, { name, height: level.height, bandwidth: level.bitrate });
  }
  return [...byName.values()].sort(
    (one, other) =>
      Number(other.name === 'source') - Number(one.name === 'source') || other.height - one.height,
  );
}

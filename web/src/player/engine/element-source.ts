import { NOTHING_KNOWN, type Source, type SourceEvents } from './source';

/** `HTMLMediaElement.audioTracks`, which only some browsers have. */
interface AudioTrackLike {
  enabled: boolean;
}
type AudioTracks = EventTarget & ArrayLike<AudioTrackLike>;

const audioTracksOf = (video: HTMLVideoElement): AudioTrackLike[] =>
  Array.from((video as HTMLVideoElement & { audioTracks?: AudioTracks }).audioTracks ?? []);

interface Wish {
  url: string;
  /** The file's audio streams, in its order. */
  audio: number[];
  /** False where a picture is not to be expected. */
  picture: boolean;
}

/** Let the video element play an address by itself: a file, or HLS where the browser knows it. */
export class ElementSource implements Source {
  private readonly quit = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly wish: Wish,
    events: SourceEvents,
  ) {
    const { signal } = this.quit;
    const onError = () => {
      const code = video.error?.code;
      if (code === MediaError.MEDIA_ERR_DECODE) events.onProblem({ kind: 'decode' });
      else if (code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED) {
        events.onProblem({ kind: 'unreadable' });
      } else events.onProblem({ kind: 'trouble', trouble: 'network' });
    };
    video.addEventListener('error', onError, { signal });
    // Browsers play the sound of a file whose picture they cannot decode.
    const look = () => {
      if (wish.picture && video.videoWidth === 0) events.onProblem({ kind: 'decode' });
    };
    video.addEventListener('loadeddata', look, { signal });
    video.src = wish.url;
  }

  state() {
    const tracks = audioTracksOf(this.video);
    const enabled = tracks.findIndex((track) => track.enabled);
    return { ...NOTHING_KNOWN, audio: this.wish.audio[enabled] ?? null };
  }

  figures() {
    return { bandwidth: null, segment: null, codecs: null };
  }

  chooseQuality(): boolean {
    return false;
  }

  chooseAudio(index: number): boolean {
    const tracks = audioTracksOf(this.video);
    if (tracks.length < 2 || tracks.length !== this.wish.audio.length) return false;
    tracks.forEach((track, at) => {
      track.enabled = this.wish.audio[at] === index;
    });
    return true;
  }

  mend(): boolean {
    return false;
  }

  destroy(): void {
    this.quit.abort();
    this.video.removeAttribute('src');
    this.video.load();
  }
}

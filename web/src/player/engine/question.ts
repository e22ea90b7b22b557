import { askPlayback, type PlaybackAnswer, type PlaybackWish } from '@/lib/api/playback';

import { capabilities, without } from './capabilities';
import type { Quality } from './source';

/** What of a file is to be played. */
export interface Wish {
  prefer: 'direct' | 'hls';
  /** The stream's number in the file; null for the server's choice. */
  audio: number | null;
  quality: Quality;
  /** The stream's number of a subtitle that the server draws into the picture; null for none. */
  burned: number | null;
}

/** Asks the server how to play one file in this browser. */
export class Question {
  private asked: PlaybackWish | null = null;
  /** Codecs that the browser said it plays, and then did not. */
  private readonly failed: string[] = [];

  constructor(private readonly fileId: string) {}

  async ask({ prefer, audio, quality, burned }: Wish): Promise<PlaybackAnswer> {
    const client = without(await capabilities(), this.failed);
    const height = Number.parseInt(quality, 10);
    this.asked = {
      file_id: this.fileId,
      client: { ...client, prefer },
      ...(audio !== null && { audio_index: audio }),
      ...(burned !== null && { subtitle_index: burned }),
      // Where hls.js chooses the quality, the server need not.
      ...(!client.renews && height > 0 && { max_height: height }),
    };
    return askPlayback(this.asked);
  }

  /** Ask the same again: for a new token to the same playlists. */
  readonly again = async (): Promise<PlaybackAnswer> => {
    if (!this.asked) throw new Error('Nothing was asked yet');
    return askPlayback(this.asked);
  };

  /** Ask as if the browser did not know a codec from now on; false when it is so already. */
  exclude(codec: string): boolean {
    if (this.failed.includes(codec)) return false;
    this.failed.push(codec);
    return true;
  }
}

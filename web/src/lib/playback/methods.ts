/** The ways of playing, in words. */
import type { Method } from '@/lib/api/playback';

/** A word, and a sentence about it. */
export const METHODS: Record<Method, [string, string]> = {
  direct: ['Direct', 'The file is played as it is.'],
  remux: ['Repacked', 'The picture is untouched; the server packs it into segments.'],
  transcode: ['Converted', 'The server encodes the picture again while you watch.'],
};

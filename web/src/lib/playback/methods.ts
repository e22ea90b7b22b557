import type { Method } from '@/lib/api/playback';

/** The ways of playing, in a word. What is done in detail is told by the server. */
export const METHODS: Record<Method, string> = {
  direct: 'Direct',
  remux: 'Repacked',
  transcode: 'Converted',
};

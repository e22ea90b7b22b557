import { roughly } from '@/lib/format';

/** Seconds without a word after which a worker is doubted. */
const SILENT = 20;

/** When a worker was last heard of. */
export function signOfLife(beatAt: string, now = Date.now()): { text: string; silent: boolean } {
  const seconds = (now - new Date(beatAt).getTime()) / 1000;
  if (seconds < SILENT) return { text: 'Alive', silent: false };
  return { text: `Silent for ${roughly(seconds)}`, silent: true };
}

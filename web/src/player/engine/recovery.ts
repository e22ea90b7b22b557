/** When to try again and when to give up. Pure, as hls.js's documentation advises. */

/** `stall`: it does not move although there is something to play, as on a machine that is too slow. */
export type Trouble = 'network' | 'media' | 'stall';
export type Remedy = 'load' | 'recover' | 'swap' | 'give up';

interface Tried {
  trouble: Trouble;
  at: number;
}

/** Milliseconds after which a trouble counts as a new one. */
const FORGET: Record<Trouble, number> = { network: 60_000, media: 15_000, stall: 60_000 };
const REMEDIES: Record<Trouble, readonly Remedy[]> = {
  network: ['load', 'load'],
  media: ['recover', 'swap'],
  stall: ['recover', 'recover'],
};

/** Return what to do about a fatal error of hls.js; remembers what was tried lately. */
export function makeRecovery(now: () => number = Date.now) {
  let tried: Tried[] = [];
  return (trouble: Trouble): Remedy => {
    tried = tried.filter((one) => now() - one.at < FORGET[one.trouble]);
    const before = tried.filter((one) => one.trouble === trouble).length;
    tried.push({ trouble, at: now() });
    return REMEDIES[trouble][before] ?? 'give up';
  };
}

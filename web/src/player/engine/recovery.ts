/** When to try again and when to give up. Pure, as hls.js's documentation advises. */

export type Trouble = 'network' | 'media';
export type Remedy = 'load' | 'recover' | 'swap' | 'give up';

interface Tried {
  trouble: Trouble;
  at: number;
}

/** Milliseconds after which a trouble counts as a new one. */
const FORGET = { network: 60_000, media: 15_000 };
const REMEDIES: Record<Trouble, readonly Remedy[]> = {
  network: ['load', 'load'],
  media: ['recover', 'swap'],
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

/** What each key does in the player. Pure, so that the help overlay and the tests read it too. */

export type PlayerAction =
  | { do: 'toggle' | 'fullscreen' | 'mute' | 'captions' | 'sound' | 'stats' | 'next' | 'help' }
  | { do: 'seekBy'; seconds: number }
  | { do: 'seekTo'; share: number }
  | { do: 'volumeBy'; step: number }
  | { do: 'rateBy'; step: 1 | -1 };

const KEYS = new Map<string, PlayerAction>(
  Object.entries({
    ' ': { do: 'toggle' },
    k: { do: 'toggle' },
    j: { do: 'seekBy', seconds: -10 },
    l: { do: 'seekBy', seconds: 10 },
    arrowleft: { do: 'seekBy', seconds: -5 },
    arrowright: { do: 'seekBy', seconds: 5 },
    arrowup: { do: 'volumeBy', step: 0.05 },
    arrowdown: { do: 'volumeBy', step: -0.05 },
    home: { do: 'seekTo', share: 0 },
    end: { do: 'seekTo', share: 1 },
    f: { do: 'fullscreen' },
    m: { do: 'mute' },
    c: { do: 'captions' },
    a: { do: 'sound' },
    i: { do: 'stats' },
    n: { do: 'next' },
    '<': { do: 'rateBy', step: -1 },
    '>': { do: 'rateBy', step: 1 },
    '?': { do: 'help' },
  }),
);

interface Press {
  key: string;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
}

/** Return what a key press means, or null. */
export function actionFor(press: Press): PlayerAction | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (/^\d$/.test(press.key)) return { do: 'seekTo', share: Number(press.key) / 10 };
  return KEYS.get(press.key.toLowerCase()) ?? null;
}

export const HELP: [string, string][] = [
  ['Space or K', 'Play, pause'],
  ['← →', 'Back, forward 5 s'],
  ['J L', 'Back, forward 10 s'],
  ['↑ ↓', 'Volume'],
  ['0 – 9', 'To 0 % – 90 %'],
  ['< >', 'Slower, faster'],
  ['F', 'Full screen'],
  ['M', 'Mute'],
  ['C', 'Subtitles'],
  ['G H', 'Subtitles earlier, later'],
  ['A', 'Next sound track'],
  ['N', 'Next episode'],
  ['S', 'Skip intro, credits'],
  ['I', 'Stats for nerds'],
  ['?', 'This help'],
];

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** The next speed up or down from `rate`. */
export function stepRate(rate: number, step: 1 | -1): number {
  const ordered = step > 0 ? RATES : [...RATES].reverse();
  return ordered.find((one) => (step > 0 ? one > rate + 0.01 : one < rate - 0.01)) ?? rate;
}

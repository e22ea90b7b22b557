/** How text subtitles look; remembered in this browser. */
import type { CSSProperties } from 'react';

export type CueBackground = 'none' | 'shade' | 'solid';
export type CueEdge = 'none' | 'shadow' | 'outline';

export interface CueStyle {
  /** Percent of the usual size. */
  size: number;
  colour: string;
  background: CueBackground;
  edge: CueEdge;
  /** Percent of the picture's height that the text stands above its usual place. */
  raise: number;
  /** Show styled subtitles (ASS) as plain text in this style. */
  plain: boolean;
}

export const USUAL: CueStyle = {
  size: 100,
  colour: '#ffffff',
  background: 'none',
  edge: 'outline',
  raise: 0,
  plain: false,
};

export const SIZES = { least: 50, most: 200, step: 10 };
export const RAISES = { least: 0, most: 40, step: 2 };

export const COLOURS: { value: string; label: string }[] = [
  { value: '#ffffff', label: 'White' },
  { value: '#ffe45c', label: 'Yellow' },
  { value: '#8df5e2', label: 'Mint' },
  { value: '#9fd0ff', label: 'Blue' },
  { value: '#ffb3d1', label: 'Pink' },
  { value: '#b8bcc8', label: 'Grey' },
];

export const BACKGROUNDS: { value: CueBackground; label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'shade', label: 'Shade' },
  { value: 'solid', label: 'Black' },
];

export const EDGES: { value: CueEdge; label: string }[] = [
  { value: 'outline', label: 'Outline' },
  { value: 'shadow', label: 'Shadow' },
  { value: 'none', label: 'None' },
];

const KEY = 'shadow.subtitles.style';

function within(value: unknown, bounds: { least: number; most: number }, usual: number): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(bounds.most, Math.max(bounds.least, value))
    : usual;
}

function oneOf<T extends string>(value: unknown, choices: { value: T }[], usual: T): T {
  return choices.find((choice) => choice.value === value)?.value ?? usual;
}

/** Return the style that `text` holds; what is damaged or unknown in it is as usual. */
export function readStyle(text: string | null): CueStyle {
  let held: Partial<Record<keyof CueStyle, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) held = parsed;
  } catch {
    // Damaged: as if nothing had been chosen.
  }
  return {
    size: within(held.size, SIZES, USUAL.size),
    colour: oneOf(held.colour, COLOURS, USUAL.colour),
    background: oneOf(held.background, BACKGROUNDS, USUAL.background),
    edge: oneOf(held.edge, EDGES, USUAL.edge),
    raise: within(held.raise, RAISES, USUAL.raise),
    plain: held.plain === true,
  };
}

export const loadStyle = () => readStyle(localStorage.getItem(KEY));
export const saveStyle = (style: CueStyle) => localStorage.setItem(KEY, JSON.stringify(style));

const BACKS: Record<CueBackground, string> = {
  none: 'transparent',
  shade: 'rgb(0 0 0 / 0.6)',
  solid: '#000',
};

// Eight shadows around each letter, and a soft one under them: legible on any picture.
const RING = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => [x, y])).filter(([x, y]) => x || y);
const SHADOWS: Record<CueEdge, string> = {
  none: 'none',
  shadow: '0.06em 0.06em 0.12em rgb(0 0 0 / 0.95), 0 0 0.3em rgb(0 0 0 / 0.6)',
  outline: [
    ...RING.map(([x, y]) => `${(x ?? 0) * 0.045}em ${(y ?? 0) * 0.045}em 0.03em #000`),
    '0 0 0.25em rgb(0 0 0 / 0.7)',
  ].join(', '),
};

/** The style as custom properties, read by `.subtitles` in subtitles.css. */
export function styleProperties(style: CueStyle): CSSProperties {
  return {
    '--cue-size': style.size / 100,
    '--cue-colour': style.colour,
    '--cue-back': BACKS[style.background],
    '--cue-edge': SHADOWS[style.edge],
    '--cue-raise': `${style.raise}cqh`,
  } as CSSProperties;
}

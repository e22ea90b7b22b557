/** Reading WebVTT (W3C WebVTT, sections 4 and 6): cues with their times, text and place. */
import { parseCueText, type CueNode } from './cue-text';

export type CueAlign = 'start' | 'center' | 'end';
export type CueRow = 'top' | 'middle' | 'bottom';

export interface CuePlace {
  row: CueRow;
  align: CueAlign;
  /** Percent of the picture's width: where the box begins, and how wide it is. */
  left: number;
  width: number;
}

export interface Cue {
  /** Seconds. */
  start: number;
  end: number;
  nodes: CueNode[];
  place: CuePlace;
}

const TIME = String.raw`((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})`;
const TIMING = new RegExp(String.raw`^\s*${TIME}\s*-->\s*${TIME}(.*)$`);

/** "1:02:03.500" → 3723.5 */
export function readTime(text: string): number {
  return text
    .replace(',', '.')
    .split(':')
    .reduce((total, part) => total * 60 + Number(part), 0);
}

function settingsOf(text: string): Map<string, string> {
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(':'))
      .filter((pair) => pair.length === 2 && pair[1])
      .map(([name, value]) => [name ?? '', value ?? '']),
  );
}

/** A percentage within 0–100, or null. */
function percent(text: string | undefined): number | null {
  const held = text && /^(\d+(?:\.\d+)?)%/.exec(text)?.[1];
  return held ? Math.min(100, Number(held)) : null;
}

// A line is counted from the top, or from the bottom when negative; or it is a percentage.
function rowOf(line: string | undefined): CueRow {
  const share = percent(line);
  if (share !== null) return share < 34 ? 'top' : share > 66 ? 'bottom' : 'middle';
  if (line && /^-?\d+/.test(line)) return line.startsWith('-') ? 'bottom' : 'top';
  return 'bottom';
}

const ALIGNS: Record<string, CueAlign> = {
  start: 'start',
  left: 'start',
  end: 'end',
  right: 'end',
};
const MIDDLE: Record<CueAlign, number> = { start: 0, center: 50, end: 100 };

/** Where a cue stands (section 7.2, steps 2 to 7, on horizontal text). */
export function placeOf(settings: string): CuePlace {
  const held = settingsOf(settings);
  const align = ALIGNS[held.get('align') ?? ''] ?? 'center';
  const position = percent(held.get('position')) ?? MIDDLE[align];
  const most =
    align === 'start'
      ? 100 - position
      : align === 'end'
        ? position
        : 2 * Math.min(position, 100 - position);
  const width = Math.min(percent(held.get('size')) ?? 100, most) || 100;
  const left =
    align === 'start' ? position : align === 'end' ? position - width : position - width / 2;
  return {
    row: rowOf(held.get('line')),
    align,
    left: Math.max(0, Math.min(left, 100 - width)),
    width,
  };
}

function cueOf(block: string[]): Cue | null {
  const at = block.findIndex((line) => line.includes('-->'));
  const [, from, to, settings] = TIMING.exec(block[at] ?? '') ?? [];
  if (at < 0 || at > 1 || !from || !to) return null;
  const [start, end] = [readTime(from), readTime(to)];
  const nodes = parseCueText(block.slice(at + 1).join('\n'));
  return end > start && nodes.length ? { start, end, nodes, place: placeOf(settings ?? '') } : null;
}

/** Return the cues of a WebVTT file, earliest first. Blocks that are not cues are passed over. */
export function parseVtt(text: string): Cue[] {
  const cues: Cue[] = [];
  let block: string[] = [];
  const take = () => {
    const cue = cueOf(block);
    if (cue) cues.push(cue);
    block = [];
  };
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    if (line.trim()) block.push(line);
    else take();
  }
  take();
  return cues.sort((one, other) => one.start - other.start || one.end - other.end);
}

/** The text of a WebVTT cue as a small tree (W3C WebVTT, section 6.4); never as HTML. */

export type CueTag = 'b' | 'i' | 'u' | 'c' | 'v' | 'lang' | 'ruby' | 'rt';

export interface CueSpan {
  tag: CueTag;
  classes: string[];
  /** The speaker of `v`, the language of `lang`. */
  note: string;
  children: CueNode[];
}

export type CueNode = string | CueSpan;

const TAGS = new Set<string>(['b', 'i', 'u', 'c', 'v', 'lang', 'ruby', 'rt']);
const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
};
/** Deeper than any honest cue; what is nested further keeps its text alone. */
const DEEPEST = 16;

function fromPoint(point: number, whole: string): string {
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
}

/** "Tom &amp; Jerry" → "Tom & Jerry"; unknown names stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]{2,5});/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return fromPoint(parseInt(name.slice(2), 16), whole);
    if (name.startsWith('#')) return fromPoint(Number(name.slice(1)), whole);
    return ENTITIES[name] ?? whole;
  });
}

function open(inside: string): CueSpan | null {
  const [head = '', ...notes] = inside.split(/[\s]+/);
  const [tag = '', ...classes] = head.split('.');
  if (!TAGS.has(tag)) return null;
  return {
    tag: tag as CueTag,
    classes: classes.filter(Boolean),
    note: decodeEntities(notes.join(' ')),
    children: [],
  };
}

/** Return the nodes of a cue's payload. Unknown tags vanish, their text stays. */
export function parseCueText(payload: string): CueNode[] {
  const top: CueNode[] = [];
  const stack: CueSpan[] = [];
  const here = () => stack.at(-1)?.children ?? top;
  for (const [token] of payload.matchAll(/<[^<>]*>|[^<]+|</g)) {
    if (!token.startsWith('<') || !token.endsWith('>')) {
      here().push(decodeEntities(token));
    } else if (token.startsWith('</')) {
      const name = token.slice(2, -1).trim();
      const at = stack.findLastIndex((span) => span.tag === name);
      if (at >= 0) stack.length = at;
    } else {
      const span = open(token.slice(1, -1));
      if (span && stack.length < DEEPEST) {
        here().push(span);
        stack.push(span);
      }
    }
  }
  return top;
}

/** The words alone, as a screen reader or a native track is given them. */
export function plainText(nodes: CueNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      return node.tag === 'rt' ? '' : plainText(node.children);
    })
    .join('');
}

/** Languages as files name them, in all their spellings. */

// ISO 639-2 has two codes for some languages; browsers know the terminological one alone.
const BIBLIOGRAPHIC: Record<string, string> = {
  alb: 'sq',
  arm: 'hy',
  baq: 'eu',
  bur: 'my',
  chi: 'zh',
  cze: 'cs',
  dut: 'nl',
  fre: 'fr',
  geo: 'ka',
  ger: 'de',
  gre: 'el',
  ice: 'is',
  mac: 'mk',
  mao: 'mi',
  may: 'ms',
  per: 'fa',
  rum: 'ro',
  slo: 'sk',
  tib: 'bo',
  wel: 'cy',
};

/** "ger", "deu", "de-AT" → "de"; '' when unknown. */
export function baseLanguage(tag: string | null | undefined): string {
  const head = (tag ?? '').toLowerCase().split(/[-_]/)[0] ?? '';
  if (!head || head === 'und') return '';
  try {
    return BIBLIOGRAPHIC[head] ?? new Intl.Locale(head).language;
  } catch {
    return head;
  }
}

export const sameLanguage = (one: string | null | undefined, other: string | null | undefined) =>
  baseLanguage(one) !== '' && baseLanguage(one) === baseLanguage(other);

/** "ger" → "German", "pt-BR" → "Brazilian Portuguese", null → "Unknown". */
export function languageName(tag: string | null | undefined): string {
  const base = baseLanguage(tag);
  if (!base) return 'Unknown';
  const rest = (tag ?? '').split(/[-_]/).slice(1);
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  for (const attempt of [[base, ...rest].join('-'), base]) {
    try {
      return names.of(attempt) ?? base;
    } catch {
      // Not a tag that browsers know: the shorter one, or the word itself.
    }
  }
  return tag ?? base;
}

/** What the addresses of an HLS playlist tell: they are named after renditions. */

const VIDEO = /\/v(source|\d+)\/index\.m3u8/;
const AUDIO = /\/a(\d+)(?:source)?\/index\.m3u8/;

/** `…/v720/index.m3u8` → "720p", `…/vsource/…` → "source". */
export function qualityName(url: string): string | null {
  const found = VIDEO.exec(url)?.[1];
  if (!found) return null;
  return found === 'source' ? found : `${found}p`;
}

/** `…/a2/index.m3u8`, `…/a2source/…` → 2, the stream's number in the file. */
export function audioIndex(url: string): number | null {
  const found = AUDIO.exec(url)?.[1];
  return found ? Number(found) : null;
}

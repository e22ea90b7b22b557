/** Widths that the server makes pictures in; others are rounded up by it. */
export const IMAGE_WIDTHS = [160, 320, 480, 780, 1280, 1920] as const;

const isProxied = (url: string) => url.startsWith('/api/proxy/image/');

/** Address of a picture at about `width` pixels. */
export function imageAt(url: string, width: number): string {
  if (!isProxied(url)) return url;
  const size = IMAGE_WIDTHS.find((one) => one >= width) ?? 1920;
  return `${url}${url.includes('?') ? '&' : '?'}width=${size}`;
}

/** A srcset of the widths from `least` to `most`. */
export function imageSet(url: string, least: number, most: number): string | undefined {
  if (!isProxied(url)) return undefined;
  return IMAGE_WIDTHS.filter((width) => width >= least && width <= most)
    .map((width) => `${imageAt(url, width)} ${width}w`)
    .join(', ');
}

/** A steady hue, 0–359, for a name without a picture. */
export function hueOf(text: string): number {
  let sum = 7;
  for (const sign of text) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360_007;
  return sum % 360;
}

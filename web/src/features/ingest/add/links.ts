/** What a person pasted, understood as links. */

const SCHEMES = new Set(['http:', 'https:', 'ftp:', 'magnet:']);

/** The links in a text: one a line, or apart by spaces. */
export const linksIn = (text: string): string[] => [...new Set(text.split(/\s+/).filter(Boolean))];

/** What is wrong with a link, in a sentence; null when it may be one. */
export function linkTrouble(link: string): string | null {
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return `“${shortened(link)}” is no link. Copy it with its beginning, such as https://`;
  }
  if (!SCHEMES.has(url.protocol)) return 'Only http, https, ftp and magnet links can be fetched.';
  return null;
}

/** True for links that may hold several files to choose from. */
export function mayHoldFiles(link: string): boolean {
  if (link.toLowerCase().startsWith('magnet:')) return true;
  try {
    return new URL(link).pathname.toLowerCase().endsWith('.torrent');
  } catch {
    return false;
  }
}

const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** A link as people recognise it: a magnet's name, or the host and the last part of the path. */
export function linkLabel(link: string): string {
  try {
    const url = new URL(link);
    if (url.protocol === 'magnet:') return url.searchParams.get('dn') || 'Magnet link';
    const last = decodeURIComponent(url.pathname.split('/').filter(Boolean).at(-1) ?? '');
    return shortened(last ? `${last} (${url.host})` : url.host);
  } catch {
    return shortened(link);
  }
}

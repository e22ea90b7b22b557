/** Searches made in this browser, newest first. They never leave it. */

const KEY = 'shadow.recent-searches';
const MOST = 8;

export function recentSearches(store: Storage = localStorage): string[] {
  try {
    const held: unknown = JSON.parse(store.getItem(KEY) ?? '[]');
    return Array.isArray(held) ? held.filter((one) => typeof one === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberSearch(text: string, store: Storage = localStorage): string[] {
  const wanted = text.trim();
  if (wanted.length < 2) return recentSearches(store);
  const others = recentSearches(store).filter((one) => one.toLowerCase() !== wanted.toLowerCase());
  return keep([wanted, ...others].slice(0, MOST), store);
}

export function forgetSearch(text: string, store: Storage = localStorage): string[] {
  return keep(
    recentSearches(store).filter((one) => one !== text),
    store,
  );
}

function keep(list: string[], store: Storage): string[] {
  try {
    store.setItem(KEY, JSON.stringify(list));
  } catch {
    // A full or forbidden store costs the memory of searches only.
  }
  return list;
}

/** How figures are written for people. */

const two = (value: number) => String(value).padStart(2, '0');

/** 3725 → "1:02:05", 65 → "1:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 134 minutes → "2 h 14 min". */
export function runtime(minutes: number): string {
  const [h, m] = [Math.floor(minutes / 60), Math.round(minutes % 60)];
  if (!h) return `${m} min`;
  return m ? `${h} h ${m} min` : `${h} h`;
}

/** Seconds left, roughly: "about 2 min", "12 s". */
export function roughly(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} min`;
  return `about ${runtime(Math.round(seconds / 60))}`;
}

/** Seconds of a film not yet seen: "48 min left". */
export function timeLeft(position: number, duration: number): string {
  const minutes = Math.max(1, Math.round((duration - position) / 60));
  return `${runtime(minutes)} left`;
}

/** Bytes in decimal units: 5400000000 → "5.4 GB". */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Bits a second: 8200000 → "8.2 Mbit/s". */
export function bitrate(bits: number): string {
  if (bits >= 1e6) return `${(bits / 1e6).toFixed(bits < 1e7 ? 1 : 0)} Mbit/s`;
  return `${Math.round(bits / 1000)} kbit/s`;
}

export const count = (value: number) => value.toLocaleString('en');

export const plural = (value: number, one: string, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

/** "S2 E5", or "E5" without a season. */
export function episodeCode(season: number | null, episode: number | null): string {
  return [season === null ? '' : `S${season}`, episode === null ? '' : `E${episode}`]
    .filter(Boolean)
    .join(' ');
}

/** "deu" → "German"; unknown tags are shown as they are. */
export function language(tag: string | null): string {
  if (!tag || tag === 'und') return 'Unknown';
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function channels(count: number | null): string {
  if (!count) return '';
  return { 1: 'Mono', 2: 'Stereo', 6: '5.1', 8: '7.1' }[count] ?? `${count} ch`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "3 hours ago", "yesterday", "just now". */
export function ago(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  if (Math.abs(seconds) < 45) return 'just now';
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['minute', 60];
  return words.format(Math.round(seconds / size), unit);
}

export const day = (time: string) =>
  new Date(time).toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric' });

/** "Nov 21, 2026, 14:05" */
export const moment = (time: string) =>
  `${day(time)}, ${new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

const find = (list: [RegExp, string][], text: string) =>
  list.find(([sign]) => sign.test(text))?.[1];

/** "Firefox on Linux"; what says nothing is an unknown device. */
export function deviceName(agent: string | null): string {
  const names = [find(BROWSERS, agent ?? ''), find(SYSTEMS, agent ?? '')].filter(Boolean);
  return names.join(' on ') || agent?.slice(0, 60) || 'Unknown device';
}

export const isHandheld = (agent: string | null) => /iPhone|iPad|Android|Mobile/.test(agent ?? '');

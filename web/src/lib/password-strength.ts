/** A hint, not a gate: the server asks for eight characters and nothing else. */
export interface Strength {
  score: 0 | 1 | 2 | 3 | 4;
  hint: string;
}

const COMMON = /^(password|passwort|qwerty|letmein|admin|shadow|welcome|iloveyou|12345)/i;

const charset = (text: string) =>
  [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/, /\s/].filter((kind) => kind.test(text)).length;

export function passwordStrength(text: string): Strength {
  if (!text) return { score: 0, hint: 'At least 8 characters. A few words in a row work well.' };
  if (text.length < 8) {
    return { score: 0, hint: `${8 - text.length} more to go: at least 8 characters.` };
  }
  if (COMMON.test(text) || new Set(text).size < 5) {
    return { score: 1, hint: 'Easy to guess: this is among the first that are tried.' };
  }
  const bits = text.length * 1.5 + charset(text) * 4;
  if (bits < 22) return { score: 2, hint: 'Fair. A few more characters make it strong.' };
  if (bits < 32) return { score: 3, hint: 'Good.' };
  return { score: 4, hint: 'Strong.' };
}

import type { FloodWait, TelegramChannel, TelegramSession } from '@/lib/api/telegram';
import { moment, plural } from '@/lib/format';

interface StateWord {
  label: string;
  tone: 'plain' | 'glow' | 'good' | 'warn' | 'bad';
}

const STATES: Record<TelegramSession['state'], StateWord> = {
  ready: { label: 'Ready', tone: 'good' },
  idle: { label: 'Idle', tone: 'plain' },
  warming: { label: 'Warming up', tone: 'glow' },
  cooling: { label: 'Cooling down', tone: 'warn' },
  dead: { label: 'Out of use', tone: 'bad' },
  elsewhere: { label: 'In use elsewhere', tone: 'plain' },
};

export const stateWord = (session: TelegramSession): StateWord => STATES[session.state];

/** Why Telegram ended a log-in, by its own word for it, and what helps. */
const ENDINGS: Record<string, string> = {
  ACCESS_TOKEN_EXPIRED: 'Its token was replaced. Ask @BotFather for the new one.',
  ACCESS_TOKEN_INVALID: 'Telegram does not know its token. Compare it with what @BotFather says.',
  API_ID_INVALID: 'Telegram does not know the application: check API_ID and API_HASH.',
  AUTH_KEY_DUPLICATED: 'Its session string was used in two places at once. Make a new one.',
  AUTH_KEY_UNKNOWN: 'Telegram has forgotten the log-in. Make a new session string.',
  AUTH_KEY_UNREGISTERED: 'Telegram has forgotten the log-in. Make a new session string.',
  SESSION_EXPIRED: 'The log-in has expired. Make a new session string.',
  SESSION_REVOKED: 'Somebody ended the log-in in Telegram. Make a new session string.',
  USER_DEACTIVATED: 'Telegram has closed the account.',
  USER_DEACTIVATED_BAN: 'Telegram has banned the account.',
};

function endingOf(reason: string): string {
  if (!reason) return '';
  if (/^[A-Z0-9_]+$/.test(reason)) return ENDINGS[reason] ?? `Telegram says: ${reason}`;
  return /^[A-Z]/.test(reason) ? reason : `It cannot log in: ${reason}.`;
}

export interface StateNote {
  text: string;
  tone: 'plain' | 'warn' | 'bad';
}

/** What there is to say of a state, in a sentence; nothing when all is well. */
export function stateNote(session: TelegramSession): StateNote | null {
  const { state, reason, warm_until: until, most_streams: most } = session;
  if (state === 'dead') return { text: endingOf(reason), tone: 'bad' };
  if (state === 'elsewhere') {
    return { text: 'Another process has it; it is free when that ends.', tone: 'plain' };
  }
  if (reason) return { text: reason, tone: 'warn' };
  if (until) {
    const text = `New accounts carry fewer streams: ${most} for now, all of them from ${moment(until)}.`;
    return { text, tone: 'plain' };
  }
  return state === 'idle' ? { text: 'It connects when it is needed.', tone: 'plain' } : null;
}

/** True when somebody should look at it. */
export const isTroubled = (session: TelegramSession): boolean =>
  session.state === 'dead' || (session.state !== 'elsewhere' && Boolean(session.reason));

const WORK: [RegExp, string][] = [
  [/getfile$/i, 'Reading files'],
  [/save(big)?filepart$/i, 'Sending files'],
  [/sendmedia$/i, 'Posting files'],
  [/forwardmessages$/i, 'Copying to the backup channel'],
  [/getmessages$/i, 'Looking up messages'],
  [/authorization$/i, 'Logging in'],
];

/** What a method of Telegram's does, in words; its own name where there are none. */
export const workOf = (method: string): string =>
  WORK.find(([pattern]) => pattern.test(method))?.[1] ?? method;

/** Seconds left of a wait that was told at a time (milliseconds since 1970). */
export const secondsLeft = (wait: FloodWait, at: number, now: number): number =>
  Math.max(0, Math.ceil(wait.seconds - (now - at) / 1000));

/** One sentence on everything that a check found. */
export function foundText(sessions: TelegramSession[], channels: TelegramChannel[]): string {
  const troubled = sessions.filter(isTroubled).length;
  const wrong = channels.filter((one) => !one.ok).length;
  if (!troubled && !wrong && channels.length) {
    return `Everything is in order: ${plural(sessions.length, 'session')} and all channels.`;
  }
  const who = [
    troubled ? plural(troubled, 'session') : '',
    wrong ? plural(wrong, 'channel') : '',
  ].filter(Boolean);
  const many = troubled + wrong > 1;
  return [
    who.length ? `${who.join(' and ')} ${many ? 'need' : 'needs'} attention.` : '',
    channels.length ? '' : 'No channel is set for files.',
  ]
    .filter(Boolean)
    .join(' ');
}

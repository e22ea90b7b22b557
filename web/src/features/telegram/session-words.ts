import type { FloodWait, TelegramSession } from '@/lib/api/telegram';
import { moment, plural } from '@/lib/format';

interface StateWord {
  label: string;
  tone: 'plain' | 'glow' | 'good' | 'warn' | 'bad';
}

const STATES: Record<TelegramSession['state'], StateWord> = {
  ready: { label: 'Ready', tone: 'good' },
  idle: { label: 'Not connected', tone: 'plain' },
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

/** What there is to say of a state, in a sentence. */
export function stateNote(session: TelegramSession): string {
  const { state, reason } = session;
  if (state === 'dead') return reason ? (ENDINGS[reason] ?? `Telegram says: ${reason}`) : '';
  if (state === 'elsewhere') return 'Another process has it; it is free when that ends.';
  if (state === 'idle') return reason || 'It logs in when it is first needed.';
  if (session.warm_until) {
    const until = moment(session.warm_until);
    return `New accounts carry less: ${plural(session.most_streams, 'stream')} now, more until ${until}.`;
  }
  return reason ?? '';
}

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
export function foundText(sessions: TelegramSession[], wrongChannels: number): string {
  const dead = sessions.filter((one) => one.state === 'dead').length;
  const well = sessions.length - dead;
  const parts = [
    dead ? `${plural(dead, 'session')} out of use` : '',
    wrongChannels ? `${plural(wrongChannels, 'channel')} to look at` : '',
  ].filter(Boolean);
  return parts.length
    ? `${parts.join(', ')}; ${plural(well, 'session')} in order.`
    : `Everything is in order: ${plural(well, 'session')} and all channels.`;
}

import {
  ArrowDown,
  ArrowUp,
  Bot,
  FileWarning,
  Hourglass,
  UserRound,
  type LucideIcon,
} from 'lucide-react';

import type { FloodWait, Rates, TelegramSession } from '@/lib/api/telegram';
import { bytes, clock, plural } from '@/lib/format';
import { useNow } from '@/lib/hooks';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';

import { Fact, Meter } from './fact';
import { secondsLeft, stateNote, stateWord, workOf } from './session-words';

/** Bytes a second below which a line only says that it is there. */
const NOTABLE = 10_000;

function Streams({ session }: { session: TelegramSession }) {
  const { streams, most_streams: most } = session;
  const full = most > 0 && streams >= most;
  return (
    <Fact name="Streams">
      <span className={cx(full && 'text-warn')}>
        {streams} of {most}
      </span>
      <Meter share={streams / most} full={full} />
    </Fact>
  );
}

function Moved({ total, rate, up }: { total: number; rate: number | undefined; up?: boolean }) {
  const Icon = up ? ArrowUp : ArrowDown;
  return (
    <Fact name={up ? 'Sent' : 'Received'}>
      <span className="flex items-center gap-1">
        <Icon aria-hidden className="size-3.5 shrink-0 text-glow" />
        {bytes(total)}
      </span>
      {rate !== undefined && rate >= NOTABLE && (
        <span className="block text-xs text-faint">{bytes(Math.round(rate))}/s</span>
      )}
    </Fact>
  );
}

interface WaitsProps {
  waits: FloodWait[];
  /** When the server told them, in milliseconds since 1970. */
  at: number;
}

/** What Telegram asked to wait for, each with the time that is left. */
function Waits({ waits, at }: WaitsProps) {
  const now = useNow(true);
  const left = waits
    .map((wait) => ({ ...wait, left: secondsLeft(wait, at, now) }))
    .filter((wait) => wait.left > 0);
  if (!left.length) return null;
  return (
    <ul aria-label="Waits" className="mt-3 space-y-1 text-sm text-warn lg:col-start-2">
      {left.map((wait) => (
        <li key={`${wait.method} ${wait.dc}`} className="flex items-center gap-2">
          <Hourglass aria-hidden className="size-3.5 shrink-0" />
          <span className="min-w-0 flex-1 wrap-anywhere" title={wait.method}>
            {workOf(wait.method)}
            {wait.dc > 0 && ` at DC ${wait.dc}`}
          </span>
          <span className="tabular-nums">goes on in {clock(wait.left)}</span>
        </li>
      ))}
    </ul>
  );
}

const NOTE_TONES = { plain: 'text-soft', warn: 'text-warn', bad: 'text-bad' };
const ICONS: Record<string, LucideIcon> = { bot: Bot, user: UserRound };

interface SessionLineProps {
  session: TelegramSession;
  rate: Rates[string] | undefined;
  at: number;
}

function Figures({ session, rate }: Omit<SessionLineProps, 'at'>) {
  const open = session.dcs.filter((one) => one.connections > 0);
  return (
    <dl className="mt-3 grid grid-cols-2 gap-x-5 gap-y-3 sm:grid-cols-4 lg:mt-0">
      <Streams session={session} />
      <Fact name="Connections">
        {open.map(({ dc, connections }) => (
          <span key={dc} className="block">
            {connections} <span className="text-faint">to DC {dc}</span>
          </span>
        ))}
        {!open.length && <span className="text-faint">none open</span>}
      </Fact>
      <Moved total={session.bytes_down} rate={rate?.down} />
      <Moved total={session.bytes_up} rate={rate?.up} up />
    </dl>
  );
}

/** One account's login: what it carries, and how it fares. */
export function SessionLine({ session, rate, at }: SessionLineProps) {
  const Icon = ICONS[session.kind] ?? FileWarning;
  const word = stateWord(session);
  const note = stateNote(session);
  const works = session.state !== 'dead' && session.state !== 'elsewhere';
  return (
    <li className="gap-x-6 px-5 py-4 lg:grid lg:grid-cols-[15rem_1fr]">
      <div className={cx('flex min-w-0 gap-3', !works && 'lg:col-span-2')}>
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-glow" />
        <div className="min-w-0">
          <p className="text-sm font-medium wrap-anywhere">
            {session.name || (session.kind in ICONS ? session.id : 'A line of the settings')}
          </p>
          <p className="mt-1 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-faint">
            <Badge tone={word.tone}>{word.label}</Badge>
            {session.kind in ICONS && session.id}
            {session.slot > 0 && ` · login ${session.slot + 1}`}
          </p>
          {note && (
            <p className={cx('mt-1.5 text-sm text-pretty wrap-anywhere', NOTE_TONES[note.tone])}>
              {note.text}
            </p>
          )}
        </div>
      </div>
      {works && <Figures session={session} rate={rate} />}
      {session.flood.length > 0 && <Waits waits={session.flood} at={at} />}
    </li>
  );
}

/** "7 of 45 streams · 3.2 MB/s from Telegram" */
export function summary(sessions: TelegramSession[], rates: Rates): string {
  const working = sessions.filter((one) => one.state !== 'dead' && one.state !== 'elsewhere');
  const sum = (of: (one: TelegramSession) => number) =>
    working.reduce((total, one) => total + of(one), 0);
  const speeds = Object.values(rates);
  const down = speeds.reduce((total, one) => total + one.down, 0);
  const up = speeds.reduce((total, one) => total + one.up, 0);
  return [
    `${sum((one) => one.streams)} of ${plural(
      sum((one) => one.most_streams),
      'stream',
    )}`,
    down >= NOTABLE ? `${bytes(Math.round(down))}/s coming in` : '',
    up >= NOTABLE ? `${bytes(Math.round(up))}/s going out` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

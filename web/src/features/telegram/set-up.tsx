import type { ReactNode } from 'react';

import { Section } from '@/ui/page';

import { CopyLines } from './copy-lines';

function Outside({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      className="rounded-xs text-ink underline underline-offset-4"
    >
      {children}
      <span className="sr-only"> (in a new window)</span>
    </a>
  );
}

interface StepProps {
  number: number;
  title: string;
  lines: string[];
  children: ReactNode;
}

function Step({ number, title, lines, children }: StepProps) {
  return (
    <li className="card min-w-0 p-5 sm:pl-17">
      <h3 className="flex items-center gap-4 text-base sm:-ml-12">
        <span
          aria-hidden
          className="grid size-8 shrink-0 place-items-center rounded-full border border-glow/40 bg-glow/10 text-sm font-semibold text-glow"
        >
          {number}
        </span>
        {title}
      </h3>
      <p className="mt-1.5 text-sm text-pretty text-soft">{children}</p>
      <CopyLines lines={lines} label={`the settings of step ${number}`} />
    </li>
  );
}

/** What to do before Telegram keeps files. */
export function SetUp() {
  return (
    <Section
      title="Keep files in Telegram"
      note="Films lie in a channel of your own and play from there as from a disk. It takes three steps."
    >
      <ol className="space-y-3">
        <Step
          number={1}
          title="Name your application"
          lines={['SHADOW_TELEGRAM__API_ID=', 'SHADOW_TELEGRAM__API_HASH=']}
        >
          Sign in at <Outside href="https://my.telegram.org/apps">my.telegram.org</Outside>, make an
          application and take its number and hash.
        </Step>
        <Step
          number={2}
          title="Make the bots that carry files"
          lines={['SHADOW_TELEGRAM__WORKER_TOKENS=first:token,second:token']}
        >
          Ask <Outside href="https://t.me/BotFather">@BotFather</Outside> for two bots or more: each
          adds speed and viewers. They are for files alone; the bot that people talk to is another.
        </Step>
        <Step
          number={3}
          title="Give them a channel"
          lines={[
            'SHADOW_TELEGRAM__CHANNEL_LOGS=-100…',
            'SHADOW_TELEGRAM__CHANNEL_BACKUP=-100…',
            'SHADOW_STORAGE__DEFAULT=telegram',
          ]}
        >
          Make a private channel for the files and, for safety, one for a second copy. Make the bots
          admins of both, with the rights to post and to delete. In the link of a message,
          t.me/c/1234567890/5, is the number: −100 and then 1234567890. The last line sends new
          files there. Then start the server again.
        </Step>
      </ol>
      <p className="mt-4 text-sm text-faint">
        Settings are variables of the environment, or lines of <code>shadow.toml</code> in the data
        folder. How Telegram keeps files is told in <code>docs/telegram.md</code>, every setting in{' '}
        <code>docs/reference/settings.md</code>.
      </p>
    </Section>
  );
}

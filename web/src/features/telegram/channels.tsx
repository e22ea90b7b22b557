import { Check, TriangleAlert } from 'lucide-react';

import type { TelegramChannel } from '@/lib/api/telegram';
import { Badge } from '@/ui/badge';
import { Section } from '@/ui/page';

import { CopyLines } from './copy-lines';

const ROLES: Record<string, string> = {
  logs: 'Files',
  backup: 'Second copies',
  updates: 'New titles',
  quarantine: 'Submissions',
  admin: 'Word to admins',
};

function ChannelLine({ channel }: { channel: TelegramChannel }) {
  const Icon = channel.ok ? Check : TriangleAlert;
  return (
    <li className="flex gap-4 px-5 py-3.5">
      <Icon
        aria-hidden
        className={
          channel.ok ? 'mt-0.5 size-5 shrink-0 text-good' : 'mt-0.5 size-5 shrink-0 text-warn'
        }
      />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
          <span className="font-medium">{ROLES[channel.role] ?? channel.role}</span>
          <span className="min-w-0 wrap-anywhere text-soft">{channel.title}</span>
          <Badge tone={channel.ok ? 'good' : 'warn'}>
            {channel.ok ? 'In order' : 'Needs attention'}
          </Badge>
        </p>
        {channel.detail && (
          <p className={channel.ok ? 'text-sm text-faint' : 'mt-1 text-sm text-pretty text-warn'}>
            {channel.detail}
          </p>
        )}
        <p className="font-mono text-2xs text-faint">{channel.id}</p>
      </div>
    </li>
  );
}

/** The channels that the settings name, and whether they can be used. */
export function Channels({ channels, checked }: { channels: TelegramChannel[]; checked: boolean }) {
  const unknown = !channels.length && !checked;
  const forFiles = channels.some((one) => one.role === 'logs');
  return (
    <Section title="Channels" note="Every account that carries files has to be an admin of them.">
      {unknown && (
        <p className="card px-5 py-6 text-center text-sm text-faint">
          Nobody has looked at them since the server began: check now.
        </p>
      )}
      {!unknown && !forFiles && (
        <div className="card mb-3 p-5">
          <p className="flex gap-2.5 text-sm text-warn">
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            No channel is set for files: nothing can be stored yet.
          </p>
          <CopyLines lines={['SHADOW_TELEGRAM__CHANNEL_LOGS=-100…']} label="the setting" />
        </div>
      )}
      {channels.length > 0 && (
        <ul className="card divide-y divide-line">
          {channels.map((channel) => (
            <ChannelLine key={channel.role} channel={channel} />
          ))}
        </ul>
      )}
    </Section>
  );
}

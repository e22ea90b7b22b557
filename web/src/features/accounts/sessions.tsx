import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';

import { endSession, sessionsQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { Session } from '@/lib/api/types';
import { ago } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

import { deviceName, isHandheld } from './user-agent';

function SessionLine({ session }: { session: Session }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => endSession(session.id),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sessions'] }),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  const Icon = isHandheld(session.user_agent) ? Smartphone : Monitor;
  const name = deviceName(session.user_agent);
  return (
    <li className="flex items-center gap-4 px-5 py-3.5">
      <Icon aria-hidden className="size-5 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{name}</p>
        <p className="text-xs text-faint">Last seen {ago(session.last_seen_at)}</p>
      </div>
      {session.current ? (
        <Badge tone="good">This device</Badge>
      ) : (
        <Button
          size="sm"
          look="quiet"
          busy={end.isPending}
          aria-label={`Sign out ${name}`}
          onClick={() => end.mutate()}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}

export function Sessions() {
  const sessions = useQuery(sessionsQuery);
  return (
    <Section title="Devices" note="Where you are signed in.">
      {sessions.isPending && <ListSkeleton lines={2} />}
      {sessions.isLoadingError && (
        <ErrorState
          error={sessions.error}
          retry={() => void sessions.refetch()}
          className="py-8!"
        />
      )}
      {sessions.data && (
        <ul className="card divide-y divide-line">
          {sessions.data.items.map((session) => (
            <SessionLine key={session.id} session={session} />
          ))}
        </ul>
      )}
    </Section>
  );
}

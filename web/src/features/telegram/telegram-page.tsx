import { useQuery } from '@tanstack/react-query';

import { swarmQuery, type SwarmSample } from '@/lib/api/telegram';
import { ago } from '@/lib/format';
import { useDocumentTitle } from '@/lib/hooks';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';

import { Cache } from './cache';
import { Channels } from './channels';
import { CheckButton, CheckOutcome, useCheck } from './check';
import { Forwarded } from './forwarded';
import { SessionLine, summary } from './session-line';
import { SetUp } from './set-up';

function Swarm({ sample, outdated }: { sample: SwarmSample; outdated: boolean }) {
  const check = useCheck();
  const { items, channels, rates, at } = sample;
  return (
    <>
      <Section
        title="Sessions"
        note={
          outdated
            ? `The server does not answer. As it stood ${ago(new Date(at).toISOString())}.`
            : summary(items, rates)
        }
        aside={<CheckButton check={check} />}
      >
        <CheckOutcome check={check} />
        <ul className="card divide-y divide-line">
          {items.map((one) => (
            <SessionLine key={`${one.id} ${one.slot}`} session={one} rate={rates[one.id]} at={at} />
          ))}
        </ul>
      </Section>
      <Channels channels={channels} checked={check.isSuccess} />
    </>
  );
}

/** Telegram as a storage: whether it works, what it carries, and how to set it up. */
export function TelegramPage() {
  useDocumentTitle('Telegram');
  const swarm = useQuery(swarmQuery);
  if (swarm.isPending) return <ListSkeleton lines={4} />;
  if (swarm.isLoadingError) {
    return <ErrorState error={swarm.error} retry={() => void swarm.refetch()} />;
  }
  const { items } = swarm.data;
  return (
    <>
      {items.length ? <Swarm sample={swarm.data} outdated={swarm.isRefetchError} /> : <SetUp />}
      {items.length > 0 && <Forwarded />}
      <Cache onlyUsed={!items.length} />
    </>
  );
}

import { queryOptions, type QueryClient } from '@tanstack/react-query';

import type { components } from '@/generated/api';

import { api } from './client';
import type { JobStarted } from './types';

type Schemas = components['schemas'];

/** What Telegram asked an account to wait for. */
export type FloodWait = Schemas['TelegramFloodOut'];
/** One login of one account, as the server's process has it. */
export type TelegramSession = Schemas['TelegramSessionOut'];
export type TelegramChannel = Schemas['TelegramChannelOut'];
export type SwarmAnswer = Schemas['TelegramState'];

/** Bytes a second since the answer before, by session. */
export type Rates = Record<string, { down: number; up: number }>;

/** An answer, when it came, and how fast bytes moved since the one before. */
export interface SwarmSample extends SwarmAnswer {
  /** Milliseconds since 1970. */
  at: number;
  rates: Rates;
}

/** Seconds between two answers that a speed is told of; sooner ones keep the speed before. */
const MEASURED = { least: 1, most: 60 };

/** Put an answer beside the one before it. */
export function withRates(
  answer: SwarmAnswer,
  before: SwarmSample | undefined,
  at: number,
): SwarmSample {
  const seconds = before ? (at - before.at) / 1000 : 0;
  if (before && seconds < MEASURED.least) return { ...answer, at, rates: before.rates };
  const rates: Rates = {};
  if (before && seconds <= MEASURED.most) {
    for (const one of answer.items) {
      const old = before.items.find((other) => other.id === one.id && other.slot === one.slot);
      if (!old) continue;
      // A server that was started anew counts from nothing.
      const down = Math.max(0, one.bytes_down - old.bytes_down) / seconds;
      const up = Math.max(0, one.bytes_up - old.bytes_up) / seconds;
      rates[one.id] = { down, up };
    }
  }
  return { ...answer, at, rates };
}

const SWARM = ['telegram', 'sessions'] as const;

/** Sessions and channels, anew every five seconds while the page is looked at. */
export const swarmQuery = queryOptions({
  queryKey: SWARM,
  queryFn: async ({ client, signal }) => {
    const answer = await api.get<SwarmAnswer>('/api/telegram/sessions', undefined, signal);
    return withRates(answer, client.getQueryData<SwarmSample>(SWARM), Date.now());
  },
  staleTime: 1_000,
  refetchInterval: 5_000,
  refetchOnWindowFocus: true,
});

/** Have every session log in and look at its channels; what was found is what the page shows. */
export async function checkSwarm(client: QueryClient): Promise<SwarmSample> {
  const answer = await api.post<SwarmAnswer>('/api/telegram/check');
  const before = client.getQueryData(swarmQuery.queryKey);
  return withRates(answer, before, Date.now());
}

/** Take a file into the library that lies in the channel already. Followed as a job. */
export const indexMessage = (link: string) => api.post<JobStarted>('/api/telegram/index', { link });

/** What this machine keeps of storages far away. */
export type SliceCache = Schemas['SliceCacheOut'];

export const sliceCacheQuery = queryOptions({
  queryKey: ['storages', 'cache'],
  queryFn: ({ signal }) => api.get<SliceCache>('/api/storages/cache', undefined, signal),
  staleTime: 1_000,
  refetchInterval: 5_000,
});

export const clearSliceCache = () => api.delete<undefined>('/api/storages/cache');

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Eraser } from 'lucide-react';
import { useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { clearSliceCache, sliceCacheQuery, type SliceCache } from '@/lib/api/telegram';
import { bytes, count } from '@/lib/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Section } from '@/ui/page';
import { toast } from '@/ui/toast-store';

import { Fact, Meter } from './fact';

function Clear({ cache }: { cache: SliceCache }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const clear = useMutation({
    mutationFn: clearSliceCache,
    onSuccess: () => toast('The cache is empty.', { tone: 'good' }),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
    onSettled: () => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: sliceCacheQuery.queryKey });
    },
  });
  return (
    <>
      <Button size="sm" icon={Eraser} disabled={!cache.bytes} onClick={() => setAsking(true)}>
        Clear
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => clear.mutate()}
        busy={clear.isPending}
        title="Clear the cache?"
        verb="Clear"
      >
        {bytes(cache.bytes)} on this server’s disk are deleted. Who watches goes on; what they need
        is fetched again.
      </Confirm>
    </>
  );
}

function Figures({ cache }: { cache: SliceCache }) {
  const { hit_ratio: ratio, upstream_bytes: fetched, served_bytes: served } = cache;
  return (
    <dl className="card grid grid-cols-2 gap-x-5 gap-y-4 px-5 py-4 sm:grid-cols-4">
      <Fact name="On the disk">
        {bytes(cache.bytes)} of {bytes(cache.limit)}
        <Meter share={cache.bytes / cache.limit} />
      </Fact>
      <Fact name="Reads it answered">
        {ratio === null ? '–' : `${Math.floor(ratio * 1000) / 10} %`}
        <span className="block text-xs text-faint">of {count(cache.hits + cache.misses)}</span>
      </Fact>
      <Fact name="Fetched">{bytes(fetched)}</Fact>
      <Fact name="Served">
        {bytes(served)}
        {served > 0 && (
          <span className="block text-xs text-faint">
            each byte fetched {(fetched / served).toFixed(2)} times
          </span>
        )}
      </Fact>
    </dl>
  );
}

/** What this machine keeps of storages far away, and how much that helps. */
export function Cache({ onlyUsed }: { onlyUsed: boolean }) {
  const { data: cache } = useQuery(sliceCacheQuery);
  if (!cache || (onlyUsed && !cache.bytes)) return null;
  return (
    <Section
      title="Cache of this server"
      note="What was read from Telegram and other storages far away stays on this disk for the next viewer. Counted since the server began."
      aside={cache.limit > 0 && <Clear cache={cache} />}
    >
      {cache.limit > 0 ? (
        <Figures cache={cache} />
      ) : (
        <p className="card px-5 py-6 text-center text-sm text-faint">
          There is none: <code>SHADOW_STORAGE__CACHE_BYTES</code> is 0, or the disk is full.
        </p>
      )}
    </Section>
  );
}

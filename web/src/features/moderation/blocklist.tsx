import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { blocklistQuery, unblockHash } from '@/lib/api/moderation';
import type { BlockedHash } from '@/lib/api/types';
import { ago } from '@/lib/format';
import { useDebounced } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { ShowMore } from '@/ui/show-more';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

import { BlockDialog } from './block-dialog';

function BlockedLine({ one }: { one: BlockedHash }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const name = one.name || `${one.sha256.slice(0, 12)}…`;
  const unblock = useMutation({
    mutationFn: () => unblockHash(one.sha256),
    onSuccess: () => toast(`“${name}” may come in again.`),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
    onSettled: () => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: ['blocklist'] });
    },
  });
  return (
    <li className="flex items-center gap-3 py-3 pr-2 pl-5">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium break-all">{name}</p>
        {one.reason && <p className="text-sm break-words text-soft">{one.reason}</p>}
        <p className="truncate font-mono text-2xs text-faint">{one.sha256}</p>
        <p className="text-xs text-faint">
          {one.user ? `blocked by ${one.user}` : 'blocked'} {ago(one.added_at)}
        </p>
      </div>
      <IconButton icon={Trash2} label={`Unblock ${name}`} onClick={() => setAsking(true)} />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => unblock.mutate()}
        busy={unblock.isPending}
        title="Unblock this content?"
        verb="Unblock"
      >
        <p className="break-all">{name}</p>
        <p className="mt-2">The same file can be added again afterwards.</p>
      </Confirm>
    </li>
  );
}

/** Content that is not let in, by the hash of the whole file. */
export function Blocklist() {
  const [text, setText] = useState('');
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery(blocklistQuery(useDebounced(text.trim(), 250)));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <Field
          label="Search"
          type="search"
          className="min-w-56 flex-1"
          placeholder="A name, a reason or the beginning of a hash"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button icon={Plus} onClick={() => setAdding(true)}>
          Block a hash
        </Button>
      </div>
      {query.isPending && <ListSkeleton />}
      {query.isLoadingError && (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      )}
      {query.isSuccess && !items.length && (
        <EmptyState
          icon={Ban}
          title={text.trim() ? 'Nothing like that is blocked' : 'Nothing is blocked'}
        >
          <p>Content comes here when it is taken down, or rejected for good.</p>
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul className="card divide-y divide-line">
          {items.map((one) => (
            <BlockedLine key={one.sha256} one={one} />
          ))}
        </ul>
      )}
      <ShowMore query={query} />
      {adding && <BlockDialog onClose={() => setAdding(false)} />}
    </>
  );
}

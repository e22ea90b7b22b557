import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';

import { revokeToken, tokensQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { ApiToken } from '@/lib/api/types';
import { ago, day } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

import { TokenDialog } from './token-dialog';

function usedWhen(token: ApiToken): string {
  const used = token.last_used_at ? `used ${ago(token.last_used_at)}` : 'never used';
  const ends = token.expires_at ? `ends ${day(token.expires_at)}` : 'does not end';
  return `Made ${day(token.created_at)}, ${used}, ${ends}`;
}

function TokenLine({ token }: { token: ApiToken }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['tokens'] });
      setAsking(false);
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3.5">
      <KeyRound aria-hidden className="size-5 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{token.name}</p>
        <p className="text-xs text-faint">{usedWhen(token)}</p>
      </div>
      <div className="flex gap-1.5">
        {(token.scopes ?? ['everything']).map((scope) => (
          <Badge key={scope}>{scope}</Badge>
        ))}
      </div>
      <Button
        size="sm"
        look="quiet"
        aria-label={`Revoke ${token.name}`}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => revoke.mutate()}
        busy={revoke.isPending}
        title={`Revoke “${token.name}”?`}
        verb="Revoke"
      >
        Programs that use it are locked out at once. This cannot be undone.
      </Confirm>
    </li>
  );
}

export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <Section
      title="API tokens"
      note="For programs that reach the server in your name."
      aside={
        <Button size="sm" icon={Plus} onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      {tokens.isPending && <ListSkeleton lines={1} />}
      {tokens.isLoadingError && (
        <ErrorState error={tokens.error} retry={() => void tokens.refetch()} className="py-8!" />
      )}
      {tokens.data?.items.length === 0 && (
        <p className="card px-5 py-6 text-center text-sm text-faint">No tokens yet.</p>
      )}
      {tokens.data && tokens.data.items.length > 0 && (
        <ul className="card divide-y divide-line">
          {tokens.data.items.map((token) => (
            <TokenLine key={token.id} token={token} />
          ))}
        </ul>
      )}
      {making && <TokenDialog onClose={() => setMaking(false)} />}
    </Section>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';

import { meQuery } from '@/lib/api/accounts';
import type { Me } from '@/lib/api/types';
import { safeNext } from '@/lib/safe-next';

/** Take a person who has just signed in to where they were going. */
export function useArrive() {
  const client = useQueryClient();
  const router = useRouter();
  return async (me: Me, next?: string) => {
    client.clear();
    client.setQueryData(meQuery.queryKey, me);
    router.history.replace(safeNext(next));
    await router.invalidate();
  };
}

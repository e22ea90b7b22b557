import { QueryCache, QueryClient } from '@tanstack/react-query';

import { ApiError } from './api/client';

const retryable = (error: unknown) =>
  !(error instanceof ApiError) || error.offline || error.status >= 500;

/** Make the cache of server answers; `onSignedOut` is called when a query is refused with 401. */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const expected = query.queryKey[0] === 'me';
        if (!expected && error instanceof ApiError && error.status === 401) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && retryable(error),
        refetchOnWindowFocus: false,
        staleTime: 10_000,
        gcTime: 15 * 60_000,
      },
    },
  });
}

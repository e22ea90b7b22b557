import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { LoaderCircle } from 'lucide-react';

import { fileQuery, titleQuery } from '@/lib/api/catalog';
import { isStatus, messageOf } from '@/lib/api/client';
import { progressQuery } from '@/lib/api/streaming';
import { useDocumentTitle } from '@/lib/hooks';
import { progressOf, startPosition } from '@/lib/resume';

import { FailureScreen } from './failure-screen';
import { MISSING } from './failure';
import { Player } from './player';
import { episodeOf } from './playlist';

const route = getRouteApi('/signed-in/watch/$fileId');

function Wait() {
  return (
    <div role="status" className="grid size-full place-items-center">
      <span className="sr-only">Loading…</span>
      <LoaderCircle aria-hidden className="size-14 animate-spin text-glow/70" strokeWidth={1} />
    </div>
  );
}

/** The title of a file: named by the address, or asked for when it is not. */
function useTitleOf(fileId: string, titleId: string | undefined) {
  const file = useQuery({ ...fileQuery(fileId), enabled: !titleId });
  const id = titleId ?? file.data?.title_id ?? '';
  const title = useQuery({ ...titleQuery(id), enabled: id !== '' });
  // Not from the cache: where another device stopped is what counts.
  const progress = useQuery({ ...progressQuery(id), enabled: id !== '', staleTime: 0, gcTime: 0 });
  return { title, progress, error: file.error ?? title.error };
}

function Watch() {
  const { fileId } = route.useParams();
  const wish = route.useSearch();
  const { title, progress, error } = useTitleOf(fileId, wish.title);
  useDocumentTitle(title.data?.title);

  if (error && !title.data) {
    const failure = isStatus(error, 404)
      ? MISSING
      : { kind: 'network' as const, title: 'That did not work', detail: messageOf(error) };
    return <FailureScreen failure={failure} onRetry={() => void title.refetch()} />;
  }
  if (!title.data || (progress.isPending && !progress.isError)) return <Wait />;

  const file = title.data.files.find((one) => one.id === fileId);
  if (!file || file.state !== 'present') {
    return <FailureScreen failure={MISSING} title={title.data} file={file} />;
  }
  const placed = episodeOf(title.data, fileId);
  const before = progressOf(progress.data, file, placed?.episode.id ?? null);
  return (
    <Player key={fileId} title={title.data} file={file} startAt={startPosition(before, wish)} />
  );
}

export function WatchPage() {
  return (
    <main id="main" tabIndex={-1} className="fixed inset-0 overflow-hidden bg-black">
      <h1 className="sr-only">Player</h1>
      <Watch />
    </main>
  );
}

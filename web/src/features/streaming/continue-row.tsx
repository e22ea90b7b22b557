import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';

import { messageOf } from '@/lib/api/client';
import { continueQuery, dropFromContinue } from '@/lib/api/streaming';
import type { ContinueItem, ContinueList } from '@/lib/api/types';
import { episodeCode, timeLeft } from '@/lib/format';
import { Row } from '@/ui/row';
import { toast } from '@/ui/toast-store';
import { Still } from '@/ui/wide-card';

function note(item: ContinueItem): string {
  const code = item.episode === null ? '' : episodeCode(item.season, item.episode);
  const left = item.position > 0 ? timeLeft(item.position, item.duration) : 'Next episode';
  return [code, item.episode_title, left].filter(Boolean).join(' · ');
}

function Entry({ item, onDrop }: { item: ContinueItem; onDrop: () => void }) {
  return (
    <>
      <Link
        to="/watch/$fileId"
        params={{ fileId: item.file_id }}
        search={{ title: item.title.id }}
        className="group block rounded-md focus-visible:shadow-none focus-visible:outline-none"
      >
        <Still
          url={item.still ?? item.title.backdrop ?? item.title.poster}
          colour={item.title.artwork?.colour}
          seen={item.position / item.duration}
          playable
          className="transition duration-300 ease-glass group-hover:-translate-y-1 group-hover:shadow-float group-focus-visible:-translate-y-1 group-focus-visible:outline-2 group-focus-visible:outline-offset-3 group-focus-visible:outline-glow"
        />
        <span className="mt-2.5 block truncate pr-9 text-sm font-medium">
          <span className="sr-only">{item.position > 0 ? 'Resume ' : 'Play '}</span>
          {item.title.title}
        </span>
        <span className="block truncate text-xs text-faint">{note(item)}</span>
      </Link>
      <button
        type="button"
        aria-label={`Take ${item.title.title} off this row`}
        onClick={onDrop}
        className="glass absolute top-2 right-2 z-20 grid size-8 place-items-center rounded-full text-soft opacity-0 transition group-hover/entry:opacity-100 hover:text-ink focus-visible:opacity-100 [@media(hover:none)]:opacity-100"
      >
        <X aria-hidden className="size-4" />
      </button>
    </>
  );
}

/** What was begun and not finished, most recent first. */
export function ContinueRow() {
  const client = useQueryClient();
  const { data } = useQuery(continueQuery);
  const drop = useMutation({
    mutationFn: (titleId: string) => dropFromContinue(titleId),
    onMutate: (titleId) => {
      const before = client.getQueryData(continueQuery.queryKey);
      client.setQueryData(
        continueQuery.queryKey,
        (list: ContinueList | undefined) =>
          list && { items: list.items.filter((item) => item.title.id !== titleId) },
      );
      return { before };
    },
    onError: (error, _id, context) => {
      client.setQueryData(continueQuery.queryKey, context?.before);
      toast(messageOf(error), { tone: 'bad' });
    },
  });
  if (!data?.items.length) return null;
  return (
    <Row title="Continue watching" shape="wide">
      {data.items.map((item) => (
        <div key={item.title.id} className="group/entry relative">
          <Entry item={item} onDrop={() => drop.mutate(item.title.id)} />
        </div>
      ))}
    </Row>
  );
}

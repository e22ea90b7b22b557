import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, CircleCheck, EllipsisVertical, Eye, Trash2 } from 'lucide-react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { markWatched, progressQuery } from '@/lib/api/streaming';
import type { Episode, Progress, Title } from '@/lib/api/types';
import { day, episodeCode, runtime, timeLeft } from '@/lib/format';
import { versionName } from '@/lib/codecs';
import { isBegun } from '@/lib/resume';
import { atLeast } from '@/lib/roles';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast-store';
import { Still } from '@/ui/wide-card';

import { useFileRemoval } from './removal';

interface EpisodeItemProps {
  title: Title;
  season: number;
  episode: Episode;
  progress: Progress | undefined;
}

function facts(episode: Episode, progress: Progress | undefined): string {
  return [
    episode.air_date && day(episode.air_date),
    isBegun(progress)
      ? timeLeft(progress.position, progress.duration)
      : episode.runtime_minutes && runtime(episode.runtime_minutes),
  ]
    .filter(Boolean)
    .join(' · ');
}

function Eyebrow({ code, watched, here }: { code: string; watched?: boolean; here: boolean }) {
  return (
    <span className="eyebrow flex items-center gap-2">
      {code}
      {watched && (
        <span className="flex items-center gap-1 text-good">
          <CircleCheck aria-hidden className="size-3.5" /> Watched
        </span>
      )}
      {!here && <span>Not here</span>}
    </span>
  );
}

function EpisodeBody({ title, season, episode, progress }: EpisodeItemProps) {
  const begun = isBegun(progress) ? progress.position / progress.duration : 0;
  const name = episode.title ?? `Episode ${episode.number}`;
  const here = episode.file_ids.length > 0;
  return (
    <>
      <Still
        url={episode.still?.url ?? null}
        colour={episode.still?.colour}
        seen={begun}
        playable={here}
        sizes="(max-width: 640px) 40vw, 14rem"
        className="w-32 shrink-0 self-start sm:w-52"
      >
        {!episode.still && (
          <span
            aria-hidden
            className="absolute inset-0 grid place-items-center font-display text-2xl font-bold text-white/25"
          >
            {episode.number}
          </span>
        )}
      </Still>
      <span className="block min-w-0 flex-1 py-0.5">
        <Eyebrow
          code={episodeCode(season, episode.number)}
          watched={progress?.watched}
          here={here}
        />
        <span className="mt-0.5 block truncate font-medium">{name}</span>
        <span className="block text-xs text-faint">{facts(episode, progress) || title.title}</span>
        {episode.overview && (
          <span className="mt-1.5 line-clamp-2 text-sm text-soft max-sm:hidden">
            {episode.overview}
          </span>
        )}
      </span>
    </>
  );
}

function EpisodeMenu({
  title,
  episode,
  watched,
}: {
  title: Title;
  episode: Episode;
  watched: boolean;
}) {
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const remove = useFileRemoval(title.id);
  const mark = useMutation({
    mutationFn: () => markWatched(title.id, !watched, episode.id),
    onSuccess: (next) => {
      client.setQueryData(progressQuery(title.id).queryKey, next);
      void client.invalidateQueries({ queryKey: ['continue'] });
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  const files = title.files.filter((file) => episode.file_ids.includes(file.id));
  const Icon = watched ? Check : Eye;
  return (
    <div className="flex shrink-0 items-center max-sm:flex-col">
      <IconButton
        icon={Icon}
        label={
          watched
            ? `Mark episode ${episode.number} as not watched`
            : `Mark episode ${episode.number} as watched`
        }
        aria-pressed={watched}
        disabled={mark.isPending}
        onClick={() => mark.mutate()}
        className={cx(watched && 'text-good!')}
      />
      {atLeast(me?.role, 'moderator') && files.length > 0 && (
        <Menu
          trigger={
            <IconButton icon={EllipsisVertical} label={`More for episode ${episode.number}`} />
          }
        >
          {files.map((file) => (
            <MenuItem key={file.id} icon={Trash2} danger onSelect={() => remove(file)}>
              Remove {files.length > 1 ? versionName(file) : 'from the library'}
            </MenuItem>
          ))}
        </Menu>
      )}
    </div>
  );
}

export function EpisodeItem(props: EpisodeItemProps) {
  const { title, episode, progress } = props;
  const fileId = progress?.file_id ?? episode.file_ids[0];
  const frame = 'flex min-w-0 flex-1 gap-4 rounded-lg p-2';
  return (
    <li
      className={cx(
        'flex min-w-0 items-center gap-1 rounded-lg pr-1 transition hover:bg-pane',
        !fileId && 'opacity-55',
      )}
    >
      {fileId ? (
        <Link
          to="/watch/$fileId"
          params={{ fileId }}
          search={{ title: title.id }}
          className={cx(frame, 'group')}
        >
          <EpisodeBody {...props} />
        </Link>
      ) : (
        <div className={frame}>
          <EpisodeBody {...props} />
        </div>
      )}
      {fileId && (
        <EpisodeMenu title={title} episode={episode} watched={progress?.watched ?? false} />
      )}
    </li>
  );
}

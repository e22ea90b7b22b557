import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Eye, Play, RotateCcw } from 'lucide-react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { markWatched, progressQuery } from '@/lib/api/streaming';
import type { Title, TitleProgress } from '@/lib/api/types';
import { episodeCode, timeLeft } from '@/lib/format';
import { isBegun } from '@/lib/resume';
import { atLeast } from '@/lib/roles';
import { Button, ButtonLink } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Progress } from '@/ui/progress';
import { toast } from '@/ui/toast-store';

import { Arriving } from './arriving';
import { HowItPlays } from './how-it-plays';
import { MoreMenu } from './more-menu';
import { episodeWith, findEpisode } from './seasons';

function codeOf(title: Title, fileId: string | null, episodeId: string | null): string {
  const byFile = fileId ? episodeWith(title, fileId) : null;
  const placed = episodeId ? findEpisode(title, episodeId) : byFile;
  return placed ? episodeCode(placed.season, placed.episode.number) : '';
}

/** What the play button does, and says. */
function plan(title: Title, progress: TitleProgress | undefined) {
  const playable = title.files.find((file) => file.role === 'main' && file.state === 'present');
  const fileId = progress?.next_file_id ?? playable?.id ?? null;
  const wanted = progress?.next_episode_id ?? null;
  const at = progress?.items.find((item) => item.episode_id === wanted && isBegun(item));
  return { fileId, at, label: `${at ? 'Resume' : 'Play'} ${codeOf(title, fileId, wanted)}`.trim() };
}

function allWatched(title: Title, progress: TitleProgress | undefined): boolean {
  const watched = new Set(
    progress?.items.filter((item) => item.watched).map((item) => item.episode_id),
  );
  if (title.kind !== 'show') return watched.has(null);
  const episodes = title.season_list.flatMap((season) => season.episodes);
  const here = episodes.filter((episode) => episode.file_ids.length > 0);
  return here.length > 0 && here.every((episode) => watched.has(episode.id));
}

interface PlayButtonProps {
  title: Title;
  fileId: string | null;
  label: string;
}

function PlayButton({ title, fileId, label }: PlayButtonProps) {
  if (!fileId) {
    return (
      <Button look="glass" size="lg" disabled>
        {title.arriving ? 'On its way' : 'No file to play'}
      </Button>
    );
  }
  return (
    <ButtonLink
      look="primary"
      size="lg"
      icon={Play}
      to="/watch/$fileId"
      params={{ fileId }}
      search={{ title: title.id }}
      className="max-sm:flex-1"
    >
      {label}
    </ButtonLink>
  );
}

/** Play, mark as watched, and the rest behind a menu. */
export function Actions({ title }: { title: Title }) {
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const { data: progress } = useQuery(progressQuery(title.id));
  const { fileId, at, label } = plan(title, progress);
  const seen = allWatched(title, progress);
  // Of several, each says below how it plays.
  const manyVersions =
    title.kind !== 'show' && title.files.filter((file) => file.role === 'main').length > 1;
  const mark = useMutation({
    mutationFn: () => markWatched(title.id, !seen),
    onSuccess: (next) => {
      client.setQueryData(progressQuery(title.id).queryKey, next);
      void client.invalidateQueries({ queryKey: ['continue'] });
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  return (
    <div>
      <div className="flex flex-wrap items-center gap-2.5">
        <PlayButton title={title} fileId={fileId} label={label} />
        {fileId && at && (
          <ButtonLink
            look="glass"
            size="lg"
            icon={RotateCcw}
            to="/watch/$fileId"
            params={{ fileId }}
            search={{ title: title.id, start: 1 }}
            className="max-lg:hidden"
          >
            From the start
          </ButtonLink>
        )}
        <IconButton
          look="glass"
          className="size-12"
          icon={seen ? Check : Eye}
          label={seen ? 'Watched. Mark as not watched' : 'Mark as watched'}
          aria-pressed={seen}
          disabled={mark.isPending}
          onClick={() => mark.mutate()}
        />
        {atLeast(me?.role, 'moderator') && <MoreMenu title={title} />}
      </div>
      {title.arriving && <Arriving titleId={title.id} />}
      {fileId && !manyVersions && <HowItPlays fileId={fileId} className="mt-3" />}
      {at && (
        <div className="mt-4 flex max-w-xs items-center gap-3">
          <Progress thin share={at.position / at.duration} label="Seen so far" />
          <span className="text-xs whitespace-nowrap text-soft">
            {timeLeft(at.position, at.duration)}
          </span>
        </div>
      )}
    </div>
  );
}

import { useNavigate } from '@tanstack/react-router';
import { FolderDown } from 'lucide-react';

import type { Season, Title, TitleProgress } from '@/lib/api/types';
import { packAddress } from '@/lib/api/copies';
import { plural } from '@/lib/format';
import { buttonClass } from '@/ui/button';
import { SelectBox } from '@/ui/field';
import { Tabs } from '@/ui/tabs';

import { EpisodeItem } from './episode-item';
import { findEpisode, seasonName } from './seasons';

/** More seasons than this are chosen from a list. */
const AS_TABS = 7;

interface EpisodesProps {
  title: Title;
  progress: TitleProgress | undefined;
  /** The season in the address. */
  wanted: number | undefined;
}

function SeasonList({
  season,
  title,
  progress,
}: { season: Season } & Omit<EpisodesProps, 'wanted'>) {
  const here = season.episodes.filter((episode) => episode.file_ids.length > 0).length;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-3xl min-w-[min(100%,20rem)] flex-1 text-sm text-faint">
          {[
            here === season.episodes.length
              ? plural(here, 'episode')
              : `${here} of ${plural(season.episodes.length, 'episode')} here`,
            season.overview,
          ]
            .filter(Boolean)
            .join('. ')}
        </p>
        {here > 0 && (
          <a
            href={packAddress(title.id, season.number)}
            download
            className={buttonClass('glass', 'sm')}
          >
            <FolderDown aria-hidden className="size-[1.15em]" /> Download as .zip
          </a>
        )}
      </div>
      <ol className="grid gap-x-6 gap-y-3 2xl:grid-cols-2">
        {season.episodes.map((episode) => (
          <EpisodeItem
            key={episode.id}
            title={title}
            season={season.number}
            episode={episode}
            progress={progress?.items.find((item) => item.episode_id === episode.id)}
          />
        ))}
      </ol>
    </>
  );
}

export function Episodes({ title, progress, wanted }: EpisodesProps) {
  const navigate = useNavigate({ from: '/title/$id' });
  const next = progress?.next_episode_id ? findEpisode(title, progress.next_episode_id) : null;
  const seasons = title.season_list;
  const season =
    seasons.find((one) => one.number === (wanted ?? next?.season)) ??
    seasons.find((one) => one.number > 0) ??
    seasons[0];
  if (!season) return <p className="text-faint">No episodes are known yet.</p>;

  const choose = (value: string) =>
    void navigate({ search: { season: Number(value) }, replace: true, resetScroll: false });
  const options = seasons.map((one) => ({
    value: String(one.number),
    label: seasonName(one.number, one.title),
  }));
  const list = <SeasonList season={season} title={title} progress={progress} />;
  return (
    <section aria-label="Episodes">
      <h2 className="mb-3 text-xl">Episodes</h2>
      {options.length > AS_TABS ? (
        <>
          <SelectBox
            aria-label="Season"
            className="mb-4 w-56"
            value={season.number}
            onChange={(event) => choose(event.target.value)}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </SelectBox>
          {list}
        </>
      ) : (
        <Tabs label="Seasons" value={String(season.number)} onChange={choose} tabs={options}>
          {list}
        </Tabs>
      )}
    </section>
  );
}

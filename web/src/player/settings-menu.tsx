import { Link2, Settings } from 'lucide-react';
import { useEffect, useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { signFile } from '@/lib/api/streaming';
import type { MediaFile, Title } from '@/lib/api/types';
import { versionName } from '@/lib/codecs';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

import { RATES } from './keymap';
import { otherVersions } from './playlist';
import { chooseAudio, chooseSubtitles, useTracks } from './tracks';
import { useGoTo } from './use-go-to';
import { setRate } from './video-steps';

function useRate(video: HTMLVideoElement | null): number {
  const [rate, setRate] = useState(1);
  useEffect(() => {
    if (!video) return;
    const update = () => setRate(video.playbackRate);
    video.addEventListener('ratechange', update);
    return () => video.removeEventListener('ratechange', update);
  }, [video]);
  return rate;
}

async function copyLink(fileId: string): Promise<void> {
  try {
    const { url } = await signFile(fileId);
    await navigator.clipboard.writeText(new URL(url, location.href).href);
    toast('Link copied. It opens in any player, for a while.', { tone: 'good' });
  } catch (error) {
    toast(messageOf(error), { tone: 'bad' });
  }
}

interface SettingsMenuProps {
  title: Title;
  file: MediaFile;
  video: HTMLVideoElement | null;
  root: HTMLElement | null;
}

function TrackChoices({ video }: { video: HTMLVideoElement }) {
  const tracks = useTracks(video);
  return (
    <>
      {tracks.audio.length > 1 && (
        <MenuChoice
          label="Sound"
          value={tracks.audioNow}
          options={tracks.audio}
          onChange={(value) => chooseAudio(video, value)}
        />
      )}
      {tracks.subtitles.length > 0 && (
        <MenuChoice
          label="Subtitles"
          value={tracks.subtitlesNow}
          options={[{ value: '', label: 'Off' }, ...tracks.subtitles]}
          onChange={(value) => chooseSubtitles(video, value)}
        />
      )}
    </>
  );
}

/** Speed, tracks and versions, behind the gear. */
export function SettingsMenu({ title, file, video, root }: SettingsMenuProps) {
  const rate = useRate(video);
  const { toFile } = useGoTo(title.id);
  const versions = otherVersions(title, file.id);
  return (
    <Menu
      side="top"
      container={root}
      trigger={
        <button type="button" className="player-button" aria-label="Settings" title="Settings">
          <Settings aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label="Speed"
        value={String(rate)}
        options={RATES.map((one) => ({
          value: String(one),
          label: one === 1 ? 'Normal' : `${one}×`,
        }))}
        onChange={(value) => video && setRate(video, Number(value))}
      />
      {video && <TrackChoices video={video} />}
      {versions.length > 0 && (
        <MenuChoice
          label="Version"
          value={file.id}
          options={[file, ...versions].map((one) => ({ value: one.id, label: versionName(one) }))}
          onChange={(id) => toFile(id, video?.currentTime)}
        />
      )}
      {'clipboard' in navigator && (
        <>
          <MenuSeparator />
          <MenuItem icon={Link2} onSelect={() => void copyLink(file.id)}>
            Copy link for another player
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

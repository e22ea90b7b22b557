import {
  AudioLines,
  Captions,
  ChartNoAxesColumn,
  CircleQuestionMark,
  Film,
  Gauge,
  Link2,
  Settings,
  SlidersHorizontal,
} from 'lucide-react';
import { useEffect, useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { signFile } from '@/lib/api/streaming';
import { versionName } from '@/lib/codecs';
import { trackName } from '@/lib/playback/subtitle-names';
import { MenuChoice, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

import { usePlayback } from '../engine/context';
import type { PlaybackEngine } from '../engine/engine';
import { soundOf, type EngineState } from '../engine/state';
import { RATES } from '../keymap';
import { otherVersions } from '../playlist';
import { chosenTrack, useSubtitles } from '../subtitles/store';
import { SubtitleMenu } from '../subtitles/subtitle-menu';
import { useGoTo } from '../use-go-to';
import { setRate } from '../video-steps';

import { audioName, audioOptions, qualityOptions, qualitySummary } from './names';
import { PagedMenu, type MenuPage } from './pages';

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

const rateName = (rate: number) => (rate === 1 ? 'Normal' : `${rate}×`);

interface Steered {
  engine: PlaybackEngine;
  state: EngineState;
}

function qualityPage({ engine, state }: Steered): MenuPage {
  return {
    name: 'Quality',
    icon: SlidersHorizontal,
    summary: qualitySummary(state),
    content: (
      <MenuChoice
        label="Quality"
        value={state.quality}
        options={qualityOptions(state)}
        onChange={engine.chooseQuality}
      />
    ),
  };
}

function soundPage({ engine, state }: Steered): MenuPage | null {
  const choices = state.answer?.audio ?? [];
  if (choices.length < 2) return null;
  const heard = soundOf(state);
  const now = choices.find((one) => one.index === heard);
  return {
    name: 'Sound',
    icon: AudioLines,
    summary: now && audioName(now),
    content: (
      <MenuChoice
        label="Sound"
        value={String(heard)}
        options={audioOptions(state)}
        onChange={(index) => engine.chooseAudio(Number(index))}
      />
    ),
  };
}

function useSpeedPage(): MenuPage {
  const { video } = usePlayback();
  const rate = useRate(video);
  return {
    name: 'Speed',
    icon: Gauge,
    summary: rateName(rate),
    content: (
      <MenuChoice
        label="Speed"
        value={String(rate)}
        options={RATES.map((one) => ({ value: String(one), label: rateName(one) }))}
        onChange={(value) => video && setRate(video, Number(value))}
      />
    ),
  };
}

function useSubtitlePage(): MenuPage {
  const track = chosenTrack(useSubtitles());
  return {
    name: 'Subtitles',
    icon: Captions,
    summary: track ? trackName(track) : 'Off',
    content: <SubtitleMenu />,
  };
}

function useVersionPage(): MenuPage | null {
  const { title, file, mediaTime } = usePlayback();
  const { toFile } = useGoTo(title.id);
  const versions = otherVersions(title, file.id);
  if (!versions.length) return null;
  return {
    name: 'Version',
    icon: Film,
    summary: versionName(file),
    content: (
      <MenuChoice
        label="Version"
        value={file.id}
        options={[file, ...versions].map((one) => ({ value: one.id, label: versionName(one) }))}
        onChange={(id) => toFile(id, mediaTime())}
      />
    ),
  };
}

interface SettingsMenuProps extends Steered {
  onStats: () => void;
  onWhy: () => void;
  onOpenChange: (open: boolean) => void;
}

/** Everything that can be chosen while it plays, behind the gear. */
export function SettingsMenu({ onStats, onWhy, onOpenChange, ...steered }: SettingsMenuProps) {
  const { file, root } = usePlayback();
  const speed = useSpeedPage();
  const version = useVersionPage();
  const subtitles = useSubtitlePage();
  const pages = [qualityPage(steered), soundPage(steered), subtitles, speed, version];
  return (
    <PagedMenu
      container={root}
      onOpenChange={onOpenChange}
      pages={pages.filter((page) => page !== null)}
      trigger={
        <button type="button" className="player-button" aria-label="Settings" title="Settings">
          <Settings aria-hidden />
        </button>
      }
    >
      <MenuItem icon={CircleQuestionMark} onSelect={onWhy}>
        Why it plays like this
      </MenuItem>
      <MenuItem icon={ChartNoAxesColumn} onSelect={onStats}>
        Stats for nerds
      </MenuItem>
      {'clipboard' in navigator && (
        <MenuItem icon={Link2} onSelect={() => void copyLink(file.id)}>
          Copy link for another player
        </MenuItem>
      )}
    </PagedMenu>
  );
}

import { MediaController, MediaLoadingIndicator } from 'media-chrome/react';
import { useState } from 'react';

import { imageAt } from '@/lib/images';

import { Bezel, type BezelNote } from './bezel';
import { BottomControls, CentreControls, TopBar } from './controls';
import { EndScreen } from './end-screen';
import { usePlayback } from './engine/context';
import type { PlaybackEngine } from './engine/engine';
import type { EngineState } from './engine/state';
import { HelpOverlay } from './help-overlay';
import { SettingsMenu } from './menu/settings-menu';
import type { Upcoming } from './playlist';
import { StatsOverlay } from './stats/stats-overlay';
import { SubtitleLayer } from './subtitles/subtitle-layer';
import { SkipButton } from './timeline/skip-button';
import { WhyPanel } from './why-panel';

export type Panel = 'help' | 'why' | null;

interface StageProps {
  engine: PlaybackEngine;
  state: EngineState;
  /** Below the title: which episode. */
  subtitle: string;
  note: BezelNote | null;
  next: Upcoming | null;
  panel: Panel;
  stats: boolean;
  onVideo: (video: HTMLVideoElement | null) => void;
  onPanel: (panel: Panel) => void;
  onStats: (shown: boolean) => void;
  onNext: (() => void) | null;
  onLeave: () => void;
}

/** The picture with everything that lies over it. */
export function Stage(props: StageProps) {
  const { engine, state, subtitle, note, next, panel, stats, onVideo, onNext, onLeave } = props;
  const { title, video, root } = usePlayback();
  const [choosing, setChoosing] = useState(false);
  const closePanel = () => props.onPanel(null);
  return (
    <>
      <MediaController
        noHotkeys
        // The bars stay while a menu stands on them.
        autohide={choosing ? '-1' : '3'}
        fullscreenElement={root ?? undefined}
        className="size-full"
        data-waiting={state.answer ? undefined : ''}
      >
        {/* eslint-disable-next-line jsx-a11y-x/media-has-caption -- the subtitles are drawn by a layer of their own */}
        <video
          ref={onVideo}
          slot="media"
          poster={title.backdrop ? imageAt(title.backdrop, 1280) : undefined}
          playsInline
          preload="auto"
          className="size-full"
        />
        <SubtitleLayer />
        <TopBar slot="top-chrome" name={title.title} subtitle={subtitle} onBack={onLeave} />
        <MediaLoadingIndicator slot="centered-chrome" noAutohide className="player-wait" />
        <CentreControls slot="centered-chrome" />
        <BottomControls
          settings={
            <SettingsMenu
              engine={engine}
              state={state}
              onOpenChange={setChoosing}
              onWhy={() => props.onPanel('why')}
              onStats={() => props.onStats(!stats)}
            />
          }
          next={next}
          onNext={onNext}
          onHelp={() => props.onPanel('help')}
        />
      </MediaController>
      <SkipButton hasNext={next !== null} />
      {stats && <StatsOverlay engine={engine} onClose={() => props.onStats(false)} />}
      <Bezel note={note} />
      <EndScreen video={video} title={title} next={next} onNext={onNext} onLeave={onLeave} />
      <HelpOverlay open={panel === 'help'} root={root} onClose={closePanel} />
      <WhyPanel state={state} open={panel === 'why'} onClose={closePanel} />
    </>
  );
}

import {
  ArrowLeft,
  CircleHelp,
  Maximize,
  Minimize,
  Pause,
  PictureInPicture2,
  Play,
  RotateCcw,
  RotateCw,
  SkipForward,
  Volume1,
  Volume2,
  VolumeX,
} from 'lucide-react';
import {
  MediaFullscreenButton,
  MediaMuteButton,
  MediaPipButton,
  MediaPlayButton,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
  MediaTimeDisplay,
  MediaVolumeRange,
} from 'media-chrome/react';

import type { ReactNode } from 'react';

import type { Upcoming } from './playlist';
import { SeekBar } from './timeline/seek-bar';

interface TopBarProps {
  slot: string;
  name: string;
  subtitle: string;
  onBack: () => void;
}

export function TopBar({ slot, name, subtitle, onBack }: TopBarProps) {
  return (
    <div slot={slot} className="player-top">
      <button type="button" aria-label="Back" onClick={onBack} className="player-button">
        <ArrowLeft aria-hidden />
      </button>
      <div className="min-w-0">
        <p className="truncate font-display text-lg font-semibold sm:text-xl">{name}</p>
        {subtitle && <p className="truncate text-sm text-white/75">{subtitle}</p>}
      </div>
    </div>
  );
}

const SEEK = 10;

function SeekBack() {
  return (
    <MediaSeekBackwardButton seekOffset={SEEK} className="player-media-button">
      <span slot="icon" className="player-seek">
        <RotateCcw aria-hidden />
        <span aria-hidden>{SEEK}</span>
      </span>
    </MediaSeekBackwardButton>
  );
}

function SeekForward() {
  return (
    <MediaSeekForwardButton seekOffset={SEEK} className="player-media-button">
      <span slot="icon" className="player-seek">
        <RotateCw aria-hidden />
        <span aria-hidden>{SEEK}</span>
      </span>
    </MediaSeekForwardButton>
  );
}

function PlayPause() {
  return (
    <MediaPlayButton className="player-media-button player-play">
      <Play slot="play" aria-hidden className="fill-current" />
      <Pause slot="pause" aria-hidden className="fill-current" />
      <RotateCcw slot="replay" aria-hidden />
    </MediaPlayButton>
  );
}

/** Large buttons for thumbs. */
export function CentreControls({ slot }: { slot: string }) {
  return (
    <div slot={slot} className="player-centre">
      <SeekBack />
      <PlayPause />
      <SeekForward />
    </div>
  );
}

function Sound() {
  return (
    <div className="player-sound">
      <MediaMuteButton className="player-media-button">
        <VolumeX slot="off" aria-hidden />
        <Volume1 slot="low" aria-hidden />
        <Volume1 slot="medium" aria-hidden />
        <Volume2 slot="high" aria-hidden />
      </MediaMuteButton>
      <MediaVolumeRange className="player-volume" />
    </div>
  );
}

interface BottomProps {
  settings: ReactNode;
  next: Upcoming | null;
  onNext: (() => void) | null;
  onHelp: () => void;
}

export function BottomControls({ settings, next, onNext, onHelp }: BottomProps) {
  return (
    <div className="player-bottom">
      <SeekBar />
      <div className="player-bar">
        <span className="player-desk">
          <PlayPause />
          <SeekBack />
          <SeekForward />
        </span>
        <Sound />
        <MediaTimeDisplay showDuration noToggle className="player-time" />
        <span className="flex-1" />
        {onNext && (
          <button
            type="button"
            onClick={onNext}
            className="player-button"
            aria-label={`Next: ${next?.label} ${next?.name}`}
            title="Next episode (N)"
          >
            <SkipForward aria-hidden />
          </button>
        )}
        {settings}
        <button
          type="button"
          onClick={onHelp}
          className="player-button player-desk"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
        >
          <CircleHelp aria-hidden />
        </button>
        <MediaPipButton className="player-media-button player-desk">
          <PictureInPicture2 slot="icon" aria-hidden />
        </MediaPipButton>
        <MediaFullscreenButton className="player-media-button">
          <Maximize slot="enter" aria-hidden />
          <Minimize slot="exit" aria-hidden />
        </MediaFullscreenButton>
      </div>
    </div>
  );
}

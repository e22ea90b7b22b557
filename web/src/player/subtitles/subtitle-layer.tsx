import { useCallback, useEffect } from 'react';

import type { SubtitleChoice } from '@/lib/api/playback';

import { usePlayback } from '../engine/context';
import { useKey } from '../timeline/use-key';
import { Drawn } from './drawn';
import { drawnAs } from './drawn-as';
import { SearchPanel } from './search-panel';
import {
  beginSubtitles,
  chosenTrack,
  OFFSET_STEP,
  shiftSubtitles,
  toggleSubtitles,
  useSubtitles,
} from './store';
import { StylePanel } from './style-panel';
import './subtitles.css';

/** Have the server draw what the page cannot. */
function useBurning(track: SubtitleChoice | null, plain: boolean) {
  const { burn, say } = usePlayback();
  const burned = track && drawnAs(track, plain) === null ? track.index : null;
  useEffect(() => {
    burn(burned);
    if (burned !== null) say('The server draws these subtitles into the picture');
  }, [burn, say, burned]);
}

/** Keys that let the text come earlier or later. */
function useTimingKeys() {
  const { say } = usePlayback();
  const earlier = useCallback(() => say(shiftSubtitles(-OFFSET_STEP)), [say]);
  const later = useCallback(() => say(shiftSubtitles(OFFSET_STEP)), [say]);
  useKey('g', earlier);
  useKey('h', later);
}

const NO_TRACKS: SubtitleChoice[] = [];

/** Take over the tracks of the answer, and the key C. */
function useAnswer() {
  const { file, answer, onSubtitleKey } = usePlayback();
  const tracks = answer?.subtitles ?? NO_TRACKS;
  const audio = answer?.audio.find((one) => one.selected)?.language ?? null;
  const known = answer !== null;
  useEffect(() => {
    if (known) beginSubtitles(file.id, tracks, audio);
  }, [known, file.id, tracks, audio]);
  useEffect(() => onSubtitleKey(toggleSubtitles), [onSubtitleKey]);
}

/** The subtitles over the picture. Stands in the media slot of the controller, after the video. */
export function SubtitleLayer() {
  const state = useSubtitles();
  const { file } = usePlayback();
  useAnswer();
  useTimingKeys();
  const track = state.fileId === file.id ? chosenTrack(state) : null;
  useBurning(track, state.style.plain);
  return (
    <div slot="media" className="subtitles" data-track={track?.id ?? ''}>
      {track && <Drawn key={track.id} track={track} />}
      {state.panel === 'style' && <StylePanel />}
      {state.panel === 'search' && <SearchPanel />}
    </div>
  );
}

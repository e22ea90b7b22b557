import { useCallback, useEffect } from 'react';

import type { SubtitleChoice } from '@/lib/api/playback';
import { vttAddress } from '@/lib/api/subtitles';
import { trackName } from '@/lib/playback/subtitle-names';
import { toast } from '@/ui/toast-store';

import { usePlayback } from '../engine/context';
import { useKey } from '../timeline/use-key';
import { AssLayer } from './ass-layer';
import { PictureLayer } from './picture-layer';
import { SearchPanel } from './search-panel';
import {
  beginSubtitles,
  chosenTrack,
  dropSubtitle,
  OFFSET_STEP,
  shiftSubtitles,
  toggleSubtitles,
  useSubtitles,
} from './store';
import { StylePanel } from './style-panel';
import './subtitles.css';
import { TextLayer } from './text-layer';
import { usePicture } from './use-picture';

/** How a track is drawn; null when the server has to draw it into the picture. */
export function drawnAs(track: SubtitleChoice, plain: boolean): 'text' | 'ass' | 'pgs' | null {
  if (track.url === null) return null;
  if (track.format === 'ass') return plain ? 'text' : 'ass';
  if (track.text) return 'text';
  return track.format === 'pgs' ? 'pgs' : null;
}

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

function Drawn({ track }: { track: SubtitleChoice }) {
  const { file, video, withToken } = usePlayback();
  const { style, offset } = useSubtitles();
  const picture = usePicture(video);
  const { id } = track;
  const name = trackName(track);
  const onFailure = useCallback(
    (why: string) => {
      toast(`The subtitles “${name}” cannot be shown. ${why}`, { tone: 'bad' });
      dropSubtitle(id);
    },
    [id, name],
  );
  if (!picture) return null;
  const way = drawnAs(track, style.plain);
  const common = { video, offset, onFailure };
  const url = withToken(track.url ?? vttAddress(file.id, id));
  if (way === 'ass') return <AssLayer {...common} url={url} fileId={file.id} />;
  if (way === 'pgs') return <PictureLayer {...common} url={url} />;
  if (way === 'text') {
    const text = track.format === 'vtt' ? url : vttAddress(file.id, id);
    return (
      <TextLayer {...common} url={text} picture={picture} language={track.language} style={style} />
    );
  }
  return null;
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

import { useCallback, useEffect, useState } from 'react';

import type { SubtitleChoice } from '@/lib/api/playback';
import { vttAddress } from '@/lib/api/subtitles';
import { trackName } from '@/lib/playback/subtitle-names';
import { toast } from '@/ui/toast-store';

import { usePlayback } from '../engine/context';
import { AssLayer } from './ass-layer';
import { drawnAs } from './drawn-as';
import { PictureLayer } from './picture-layer';
import { dropSubtitle, useSubtitles } from './store';
import { TextLayer } from './text-layer';
import { usePicture } from './use-picture';

/** Say that a track cannot be shown, and go on without it. */
function useGivingUp({ id, ...track }: SubtitleChoice) {
  const name = trackName({ id, ...track });
  return useCallback(
    (why: string) => {
      toast(`The subtitles “${name}” cannot be shown. ${why}`, { tone: 'bad' });
      dropSubtitle(id);
    },
    [id, name],
  );
}

/** One track, in the way that suits it. */
export function Drawn({ track }: { track: SubtitleChoice }) {
  const { file, video, withToken, say } = usePlayback();
  const { style, offset } = useSubtitles();
  const [unstyled, setUnstyled] = useState(false);
  const picture = usePicture(video);
  const giveUp = useGivingUp(track);
  const withoutStyle = useCallback(() => {
    setUnstyled(true);
    say('Shown as plain text: this browser cannot draw the styles');
  }, [say]);
  const way = drawnAs(track, style.plain || unstyled);
  const hopeless = way === null && track.index === null;
  useEffect(() => {
    if (hopeless) giveUp('Neither this browser nor the server can draw them.');
  }, [hopeless, giveUp]);

  if (!picture || way === null) return null;
  const url = withToken(track.url ?? vttAddress(file.id, track.id));
  const clock = { video, offset };
  if (way === 'ass') {
    return <AssLayer {...clock} url={url} fileId={file.id} onFailure={withoutStyle} />;
  }
  if (way === 'pgs') return <PictureLayer {...clock} url={url} onFailure={giveUp} />;
  return (
    <TextLayer
      {...clock}
      url={track.format === 'vtt' ? url : vttAddress(file.id, track.id)}
      picture={picture}
      language={track.language}
      style={style}
      onFailure={giveUp}
    />
  );
}

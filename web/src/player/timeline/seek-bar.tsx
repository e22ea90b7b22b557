import {
  MediaPreviewChapterDisplay,
  MediaPreviewThumbnail,
  MediaPreviewTimeDisplay,
  MediaTimeRange,
} from 'media-chrome/react';

import { usePlayback } from '../engine/context';
import './timeline.css';
import { useTimelineTracks } from './use-timeline-tracks';

/** The seek bar: chapters are marked on it, and what is pointed at is shown over it. */
export function SeekBar() {
  const { answer } = usePlayback();
  useTimelineTracks();
  return (
    <MediaTimeRange className="player-seekbar">
      <span slot="preview" className="player-preview">
        {answer?.previews && <MediaPreviewThumbnail />}
        <MediaPreviewChapterDisplay />
        <MediaPreviewTimeDisplay />
      </span>
    </MediaTimeRange>
  );
}

import { useEffect } from 'react';

import type { PlaybackChapter } from '@/lib/api/playback';

import { usePlayback } from '../engine/context';

/** A chapter as the seek bar shows it. */
export interface Mark {
  start: number;
  end: number;
  name: string;
}

/** Chapters worth marking: in order, none empty, named; fewer than two mark nothing. */
export function marksOf(chapters: readonly PlaybackChapter[]): Mark[] {
  const marks = [...chapters]
    .sort((one, other) => one.start - other.start)
    .filter(({ start, end }) => end > start && start >= 0)
    .map(({ start, end, title }, index) => ({
      start,
      end,
      name: title?.trim() || `Chapter ${index + 1}`,
    }));
  return marks.length < 2 ? [] : marks;
}

function chapterTrack(video: HTMLVideoElement): TextTrack {
  const known = Array.from(video.textTracks).find((track) => track.kind === 'chapters');
  return known ?? video.addTextTrack('chapters', 'Chapters');
}

/** The chapters, as a text track that the seek bar reads. Tracks cannot be removed: cues can. */
function useChapters(video: HTMLVideoElement | null, chapters: PlaybackChapter[] | undefined) {
  useEffect(() => {
    const marks = marksOf(chapters ?? []);
    if (!video || !marks.length) return;
    const track = chapterTrack(video);
    // The seek bar reads the list anew when a mode changes, a moment after this.
    track.mode = 'disabled';
    track.mode = 'hidden';
    for (const cue of Array.from(track.cues ?? [])) track.removeCue(cue);
    marks.forEach(({ start, end, name }) => track.addCue(new VTTCue(start, end, name)));
  }, [video, chapters]);
}

/** The preview pictures: a track of addresses, `#xywh` naming each picture in its sheet. */
function usePreviews(video: HTMLVideoElement | null, url: string | undefined) {
  useEffect(() => {
    if (!video || !url) return;
    const track = document.createElement('track');
    Object.assign(track, { kind: 'metadata', label: 'thumbnails', src: url, default: true });
    video.append(track);
    track.track.mode = 'hidden';
    return () => track.remove();
  }, [video, url]);
}

/** Give the seek bar its chapters and pictures. */
export function useTimelineTracks(): void {
  const { video, answer } = usePlayback();
  useChapters(video, answer?.chapters);
  usePreviews(video, answer?.previews?.url);
}

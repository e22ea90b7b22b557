import type { Chapter } from '@/lib/api/types';

/** Give the video its chapters, as a track that the seek bar reads. */
export function addChapters(video: HTMLVideoElement, chapters: Chapter[]): void {
  const known = Array.from(video.textTracks).some((track) => track.kind === 'chapters');
  if (known || chapters.length < 2) return;
  const track = video.addTextTrack('chapters', 'Chapters');
  chapters.forEach((chapter, index) => {
    if (chapter.end > chapter.start) {
      track.addCue(new VTTCue(chapter.start, chapter.end, chapter.title ?? `Chapter ${index + 1}`));
    }
  });
  track.mode = 'hidden';
}

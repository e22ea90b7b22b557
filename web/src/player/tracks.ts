import { useEffect, useState } from 'react';

import { language } from '@/lib/format';

/** `HTMLMediaElement.audioTracks`, which only some browsers have. */
interface AudioTrackLike {
  id: string;
  label: string;
  language: string;
  enabled: boolean;
}
type AudioTracks = EventTarget & ArrayLike<AudioTrackLike>;

const audioTracksOf = (video: HTMLVideoElement): AudioTracks | null =>
  (video as HTMLVideoElement & { audioTracks?: AudioTracks }).audioTracks ?? null;

export interface TrackChoice {
  value: string;
  label: string;
}

export interface Tracks {
  audio: TrackChoice[];
  audioNow: string;
  subtitles: TrackChoice[];
  /** '' when off. */
  subtitlesNow: string;
}

const NONE: Tracks = { audio: [], audioNow: '', subtitles: [], subtitlesNow: '' };

const nameOf = (track: { label: string; language: string }, index: number) =>
  track.label || (track.language ? language(track.language) : `Track ${index + 1}`);

export function subtitleTracks(video: HTMLVideoElement): TextTrack[] {
  return Array.from(video.textTracks).filter((track) =>
    ['subtitles', 'captions'].includes(track.kind),
  );
}

function read(video: HTMLVideoElement): Tracks {
  const audio = Array.from(audioTracksOf(video) ?? []);
  const text = subtitleTracks(video);
  return {
    audio: audio.map((track, index) => ({ value: String(index), label: nameOf(track, index) })),
    audioNow: String(audio.findIndex((track) => track.enabled)),
    subtitles: text.map((track, index) => ({ value: String(index), label: nameOf(track, index) })),
    subtitlesNow: String(text.findIndex((track) => track.mode === 'showing')).replace('-1', ''),
  };
}

/** The audio and subtitle tracks that this browser exposes. */
export function useTracks(video: HTMLVideoElement | null): Tracks {
  const [tracks, setTracks] = useState(NONE);
  useEffect(() => {
    if (!video) return;
    const update = () => setTracks(read(video));
    const lists = [video.textTracks, audioTracksOf(video)].filter((list) => list !== null);
    const events = ['addtrack', 'removetrack', 'change'];
    lists.forEach((list) => events.forEach((name) => list.addEventListener(name, update)));
    video.addEventListener('loadedmetadata', update);
    return () => {
      lists.forEach((list) => events.forEach((name) => list.removeEventListener(name, update)));
      video.removeEventListener('loadedmetadata', update);
    };
  }, [video]);
  return tracks;
}

export function chooseAudio(video: HTMLVideoElement, value: string): void {
  Array.from(audioTracksOf(video) ?? []).forEach((track, index) => {
    track.enabled = String(index) === value;
  });
}

export function chooseSubtitles(video: HTMLVideoElement, value: string): void {
  subtitleTracks(video).forEach((track, index) => {
    track.mode = String(index) === value ? 'showing' : 'disabled';
  });
}

/** Switch subtitles on (the first) or off; null when there are none. */
export function toggleSubtitles(video: HTMLVideoElement): boolean | null {
  const tracks = subtitleTracks(video);
  if (!tracks.length) return null;
  const on = tracks.some((track) => track.mode === 'showing');
  chooseSubtitles(video, on ? '' : '0');
  return !on;
}

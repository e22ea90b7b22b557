import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type { MediaFile, Title } from '@/lib/api/types';
import { clock } from '@/lib/format';

import type { BezelNote } from './bezel';
import { PlaybackContext, type Playback } from './engine/context';
import type { PlaybackEngine } from './engine/engine';
import { smallerOf, soundOf, type EngineState } from './engine/state';
import { useAttached, useEngine } from './engine/use-engine';
import { FailureScreen } from './failure-screen';
import { audioName, nextAudio } from './menu/names';
import { episodeOf, upcoming } from './playlist';
import { Stage, type Panel } from './stage';
import { useGoTo } from './use-go-to';
import { useMediaSession } from './use-media-session';
import { usePlayerKeys } from './use-player-keys';
import { useSavedProgress } from './use-saved-progress';
import { seekTo } from './video-steps';

interface PlayerProps {
  title: Title;
  file: MediaFile;
  /** Seconds. */
  startAt: number;
}

function useNotes() {
  const [note, setNote] = useState<BezelNote | null>(null);
  const say = useCallback(
    (text: string) => setNote((last) => ({ text, serial: (last?.serial ?? 0) + 1 })),
    [],
  );
  return { note, say };
}

/** Say where it goes on from, once it does. */
function useResumeNote(video: HTMLVideoElement | null, startAt: number, say: Playback['say']) {
  const [first] = useState(startAt);
  useEffect(() => {
    if (!video || first <= 0) return;
    const tell = () => say(`From ${clock(first)}`);
    video.addEventListener('loadedmetadata', tell, { once: true });
    return () => video.removeEventListener('loadedmetadata', tell);
  }, [video, first, say]);
}

/** What the key C does, which the subtitles know. */
function useSubtitleKey() {
  const toggle = useRef<(() => string) | null>(null);
  const onSubtitleKey = useCallback((action: () => string) => {
    toggle.current = action;
    return () => {
      if (toggle.current === action) toggle.current = null;
    };
  }, []);
  const onCaptions = useCallback(() => toggle.current?.() ?? '', []);
  return { onSubtitleKey, onCaptions };
}

/** Change to the next sound, and return its name. */
function switchSound(engine: PlaybackEngine): string {
  const state = engine.state();
  const next = nextAudio(state.answer?.audio ?? [], soundOf(state));
  if (!next) return 'This is the only sound';
  engine.chooseAudio(next.index);
  return audioName(next);
}

interface Failed extends Pick<PlayerProps, 'title' | 'file'> {
  engine: PlaybackEngine;
  state: EngineState;
}

function Failure({ engine, state, title, file }: Failed) {
  const smaller = smallerOf(state);
  const onRetry = useCallback(() => engine.retry(), [engine]);
  if (!state.failure) return null;
  return (
    <FailureScreen
      failure={state.failure}
      title={title}
      file={file}
      onRetry={onRetry}
      smaller={smaller ? { name: smaller, onChoose: () => engine.retry(smaller) } : null}
    />
  );
}

export function Player({ title, file, startAt }: PlayerProps) {
  const [root, setRoot] = useState<HTMLDivElement | null>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [panel, setPanel] = useState<Panel>(null);
  const [stats, setStats] = useState(false);
  const { note, say } = useNotes();
  const { engine, state } = useEngine({ file, startAt, say });
  const { toFile, toTitle } = useGoTo(title.id);
  const { onSubtitleKey, onCaptions } = useSubtitleKey();

  const next = useMemo(() => upcoming(title, file.id), [title, file.id]);
  const onNext = useMemo(() => (next ? () => toFile(next.fileId) : null), [next, toFile]);
  const placed = episodeOf(title, file.id);
  const subtitle = placed
    ? [`S${placed.season} E${placed.episode.number}`, placed.episode.title]
        .filter(Boolean)
        .join(' · ')
    : '';

  useSavedProgress(video, {
    fileId: file.id,
    titleId: title.id,
    wanted: file.role === 'main',
    mediaTime: engine.position,
  });
  useAttached(engine, video);
  useResumeNote(video, startAt, say);
  useMediaSession(video, { title: title.title, subtitle, poster: title.poster, onNext });
  usePlayerKeys(
    useMemo(
      () => ({
        video,
        root,
        onNext,
        onHelp: () => setPanel((open) => (open === 'help' ? null : 'help')),
        onStats: () => setStats((open) => !open),
        onCaptions,
        onSound: () => switchSound(engine),
        onNote: say,
        onActive: () => root?.querySelector('media-controller')?.removeAttribute('userinactive'),
      }),
      [video, root, onNext, onCaptions, engine, say],
    ),
  );

  const { answer, delivery } = state;
  const playback = useMemo<Playback>(
    () => ({
      title,
      file,
      answer,
      delivery,
      video,
      root,
      mediaTime: engine.position,
      seek: (seconds) => video && seekTo(video, seconds),
      say,
      withToken: engine.withToken,
      burn: engine.burn,
      onSubtitleKey,
    }),
    [title, file, answer, delivery, video, root, engine, say, onSubtitleKey],
  );

  if (state.failure) return <Failure engine={engine} state={state} title={title} file={file} />;
  return (
    <PlaybackContext value={playback}>
      <div ref={setRoot} id="player" className="player relative size-full">
        <Stage
          engine={engine}
          state={state}
          subtitle={subtitle}
          note={note}
          next={next}
          panel={panel}
          stats={stats}
          onVideo={setVideo}
          onPanel={setPanel}
          onStats={setStats}
          onNext={onNext}
          onLeave={toTitle}
        />
      </div>
    </PlaybackContext>
  );
}

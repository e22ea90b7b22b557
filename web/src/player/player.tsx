import { MediaController, MediaLoadingIndicator } from 'media-chrome/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { streamAddress } from '@/lib/api/streaming';
import type { MediaFile, Title } from '@/lib/api/types';
import { audioOf, canDecode, codecName, videoOf } from '@/lib/codecs';
import { clock } from '@/lib/format';
import { imageAt } from '@/lib/images';

import { Bezel, type BezelNote } from './bezel';
import { addChapters } from './chapters';
import { BottomControls, CentreControls, TopBar } from './controls';
import { EndScreen } from './end-screen';
import { cannotDecode, diagnose, type PlayFailure } from './failure';
import { FailureScreen } from './failure-screen';
import { HelpOverlay } from './help-overlay';
import { episodeOf, upcoming } from './playlist';
import { useGoTo } from './use-go-to';
import { useMediaSession } from './use-media-session';
import { usePlayerKeys } from './use-player-keys';
import { useSavedProgress } from './use-saved-progress';
import { seekTo, togglePlay } from './video-steps';

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

function useFailure(video: HTMLVideoElement | null, file: MediaFile) {
  const [failure, setFailure] = useState<PlayFailure | null>(null);
  useEffect(() => {
    if (!video) return;
    const onError = () => void diagnose(file).then(setFailure);
    // Browsers play the sound of a file whose picture they cannot decode.
    const onReady = () => {
      if (video.videoWidth === 0 && videoOf(file)) setFailure(cannotDecode(file));
    };
    video.addEventListener('error', onError);
    video.addEventListener('loadeddata', onReady);
    return () => {
      video.removeEventListener('error', onError);
      video.removeEventListener('loadeddata', onReady);
    };
  }, [video, file]);
  return { failure, clear: () => setFailure(null) };
}

/** Begin where it should, with the chapters in place. */
function useBeginning(
  video: HTMLVideoElement | null,
  { file, startAt }: PlayerProps,
  say: (text: string) => void,
) {
  // Once for each video: what is learnt about the title later must not move the playhead.
  const begun = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!video) return;
    const begin = () => {
      if (begun.current === video) return;
      begun.current = video;
      addChapters(video, file.chapters);
      if (startAt > 0 && startAt < video.duration) {
        seekTo(video, startAt);
        say(`From ${clock(startAt)}`);
      }
      // Refused when nothing was clicked before: then the play button waits.
      if (video.paused) togglePlay(video);
    };
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) begin();
    video.addEventListener('loadedmetadata', begin, { once: true });
    return () => video.removeEventListener('loadedmetadata', begin);
  }, [video, file, startAt, say]);

  useEffect(() => {
    const sound = audioOf(file);
    if (sound && !canDecode(sound.codec)) {
      const timer = setTimeout(
        () => say(`No sound: this browser has no ${codecName(sound.codec)}`),
        1500,
      );
      return () => clearTimeout(timer);
    }
  }, [file, say]);
}

export function Player(props: PlayerProps) {
  const { title, file } = props;
  const [root, setRoot] = useState<HTMLDivElement | null>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [help, setHelp] = useState(false);
  const { note, say } = useNotes();
  const { failure, clear } = useFailure(video, file);
  const { toFile, toTitle } = useGoTo(title.id);

  const next = useMemo(() => upcoming(title, file.id), [title, file.id]);
  const onNext = useMemo(() => (next ? () => toFile(next.fileId) : null), [next, toFile]);
  const placed = episodeOf(title, file.id);
  const subtitle = placed
    ? [`S${placed.season} E${placed.episode.number}`, placed.episode.title]
        .filter(Boolean)
        .join(' · ')
    : '';

  useBeginning(video, props, say);
  useSavedProgress(video, file.id, title.id, file.role === 'main');
  useMediaSession(video, { title: title.title, subtitle, poster: title.poster, onNext });
  usePlayerKeys(
    useMemo(
      () => ({
        video,
        root,
        onNext,
        onHelp: () => setHelp((open) => !open),
        onNote: say,
        onActive: () => root?.querySelector('media-controller')?.removeAttribute('userinactive'),
      }),
      [video, root, onNext, say],
    ),
  );

  if (failure) {
    return <FailureScreen failure={failure} title={title} file={file} onRetry={clear} />;
  }
  return (
    <div ref={setRoot} id="player" className="player relative size-full">
      <MediaController
        noHotkeys
        autohide="3"
        fullscreenElement={root ?? undefined}
        className="size-full"
      >
        {/* eslint-disable-next-line jsx-a11y-x/media-has-caption -- the file's own subtitle tracks are shown where it has some */}
        <video
          ref={setVideo}
          slot="media"
          src={streamAddress(file.id)}
          poster={title.backdrop ? imageAt(title.backdrop, 1280) : undefined}
          playsInline
          preload="auto"
          className="size-full"
        />
        <TopBar slot="top-chrome" name={title.title} subtitle={subtitle} onBack={toTitle} />
        <MediaLoadingIndicator slot="centered-chrome" noAutohide className="player-wait" />
        <CentreControls slot="centered-chrome" />
        <BottomControls
          title={title}
          file={file}
          video={video}
          root={root}
          next={next}
          onNext={onNext}
          onHelp={() => setHelp(true)}
        />
      </MediaController>
      <Bezel note={note} />
      <EndScreen video={video} title={title} next={next} onNext={onNext} onLeave={toTitle} />
      <HelpOverlay open={help} root={root} onClose={() => setHelp(false)} />
    </div>
  );
}

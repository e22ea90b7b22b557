interface GoesOn {
  /** Seconds. */
  at: number;
  play: boolean;
}

/** Bring a video element, whose source was just changed, to where the last one stood; returns how to give up. */
export function takeOver(
  video: HTMLVideoElement,
  { at, play }: GoesOn,
  onThere: () => void,
): AbortController {
  const arriving = new AbortController();
  const { signal } = arriving;
  // Before there is a film, this says where it is to begin.
  if (at > 0) video.currentTime = at;
  const onMetadata = () => {
    if (at > 0 && at < video.duration && Math.abs(video.currentTime - at) > 0.05) {
      video.currentTime = at;
    }
    // Refused when nothing was clicked before: then the play button waits.
    if (play && video.paused) video.play().catch(() => undefined);
  };
  video.addEventListener('loadedmetadata', onMetadata, { once: true, signal });
  video.addEventListener('canplay', onThere, { once: true, signal });
  return arriving;
}

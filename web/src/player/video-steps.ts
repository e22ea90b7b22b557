/** Changes to a video element that several places make. */

export function seekTo(video: HTMLVideoElement, seconds: number): void {
  if (!Number.isFinite(video.duration)) return;
  video.currentTime = Math.min(Math.max(0, seconds), Math.max(0, video.duration - 0.5));
}

export function setRate(video: HTMLVideoElement, rate: number): void {
  // The default is what a change of the source falls back to.
  video.defaultPlaybackRate = rate;
  video.playbackRate = rate;
}

export function togglePlay(video: HTMLVideoElement): void {
  if (video.paused) video.play().catch(() => undefined);
  else video.pause();
}

export function toggleFullscreen(root: HTMLElement | null, video: HTMLVideoElement): void {
  // iPhones give full screen to the video alone.
  const native = video as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (root?.requestFullscreen) void root.requestFullscreen();
  else native.webkitEnterFullscreen?.();
}

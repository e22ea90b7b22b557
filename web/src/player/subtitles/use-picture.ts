import { useEffect, useState } from 'react';

/** Where the picture is within the player, in pixels: the bars around it are not part of it. */
export interface PictureBox {
  left: number;
  top: number;
  width: number;
  height: number;
  /** From the picture's lower edge to the player's. */
  below: number;
}

interface Size {
  width: number;
  height: number;
}

/** Fit a picture into a frame, whole and in the middle. An unknown picture fills it. */
export function fitPicture(frame: Size, picture: Size): PictureBox {
  const ratio = picture.width / picture.height || frame.width / frame.height || 1;
  const width = Math.min(frame.width, frame.height * ratio);
  const height = Math.min(frame.height, frame.width / ratio);
  const top = (frame.height - height) / 2;
  return {
    left: (frame.width - width) / 2,
    top,
    width,
    height,
    below: frame.height - top - height,
  };
}

const sameBox = (one: PictureBox | null, other: PictureBox) =>
  one !== null &&
  (Object.keys(other) as (keyof PictureBox)[]).every((key) => one[key] === other[key]);

/** Follow where the picture of a video is drawn. */
export function usePicture(video: HTMLVideoElement | null): PictureBox | null {
  const [box, setBox] = useState<PictureBox | null>(null);
  useEffect(() => {
    if (!video) return;
    const measure = () => {
      const frame = { width: video.clientWidth, height: video.clientHeight };
      const found = fitPicture(frame, { width: video.videoWidth, height: video.videoHeight });
      setBox((held) => (sameBox(held, found) ? held : found));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(video);
    // The picture's own size is known late, and changes with the quality.
    video.addEventListener('loadedmetadata', measure);
    video.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      video.removeEventListener('loadedmetadata', measure);
      video.removeEventListener('resize', measure);
    };
  }, [video]);
  return box;
}

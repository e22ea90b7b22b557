import type { PgsRenderer } from 'libpgs';
import workerUrl from 'libpgs/dist/libpgs.worker.js?url';
import { useEffect, useRef } from 'react';

import { messageOf } from '@/lib/api/client';

interface PictureLayerProps {
  url: string;
  video: HTMLVideoElement | null;
  offset: number;
  onFailure: (why: string) => void;
}

/** Blu-ray subtitles (PGS), which are pictures, decoded in a worker. */
export function PictureLayer({ url, video, offset, onFailure }: PictureLayerProps) {
  const holder = useRef<HTMLDivElement>(null);
  const renderer = useRef<PgsRenderer>(null);
  /** What a renderer that is still being loaded begins with. */
  const wanted = useRef(offset);

  useEffect(() => {
    wanted.current = offset;
    if (renderer.current) renderer.current.timeOffset = -offset;
  }, [offset]);

  useEffect(() => {
    const place = holder.current;
    if (!video || !place) return;
    let over = false;
    const begin = async () => {
      const { PgsRenderer: Renderer } = await import('libpgs');
      if (over) return;
      const canvas = document.createElement('canvas');
      canvas.className = 'subtitle-canvas size-full object-contain';
      place.append(canvas);
      renderer.current = new Renderer({
        video,
        canvas,
        workerUrl,
        subUrl: url,
        timeOffset: -wanted.current,
      });
      // It takes the first picture for drawn already, until it has once been somewhere else.
      renderer.current.renderAtTimestamp(-1);
      await renderer.current.ready;
    };
    // The library looks at the clock four times a second: seeking and pausing are told at once.
    const look = () =>
      renderer.current?.renderAtTimestamp(video.currentTime + renderer.current.timeOffset);
    video.addEventListener('seeked', look);
    begin().catch((error: unknown) => {
      if (!over) onFailure(messageOf(error));
    });
    return () => {
      over = true;
      video.removeEventListener('seeked', look);
      renderer.current?.dispose();
      renderer.current = null;
      place.replaceChildren();
    };
  }, [url, video, onFailure]);

  return <div ref={holder} className="absolute inset-0" />;
}

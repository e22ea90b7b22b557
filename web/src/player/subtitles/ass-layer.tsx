import { useQuery } from '@tanstack/react-query';
import type JASSUB from 'jassub';
import liberation from 'jassub/dist/default.woff2?url';
import { useEffect, useRef } from 'react';

import { messageOf } from '@/lib/api/client';
import { fontsQuery } from '@/lib/api/subtitles';

interface AssLayerProps {
  url: string;
  fileId: string;
  video: HTMLVideoElement | null;
  offset: number;
  onFailure: (why: string) => void;
}

// libass holds its bitmaps in megabytes: enough for signs that move, and bounded.
const MEMORY = 64;
/** Lines of the drawn picture at most: sharper costs more than it shows. */
const MOST_LINES = 1440;

async function textOf(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.text();
}

/** Draw what belongs to now. By itself it draws with each new picture, and a paused film has none. */
function drawNow(renderer: JASSUB, video: HTMLVideoElement): void {
  const { currentTime: mediaTime, videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return;
  const expectedDisplayTime = performance.now();
  void renderer.manualRender({ mediaTime, width, height, expectedDisplayTime }, true);
}

/** Styled subtitles, drawn by libass in a worker of its own; both are loaded when first needed. */
export function AssLayer({ url, fileId, video, offset, onFailure }: AssLayerProps) {
  const holder = useRef<HTMLDivElement>(null);
  const renderer = useRef<JASSUB>(null);
  /** What a renderer that is still being loaded begins with. */
  const wanted = useRef(offset);
  const fonts = useQuery(fontsQuery(fileId));
  const fontList = fonts.data?.map((font) => font.url).join('\n') ?? '';
  const ready = !fonts.isPending;

  useEffect(() => {
    wanted.current = offset;
    const drawing = renderer.current;
    if (!drawing || !video) return;
    drawing.timeOffset = -offset;
    // That it could not be loaded is told where it is loaded.
    drawing.ready.then(
      () => drawNow(drawing, video),
      () => undefined,
    );
  }, [offset, video]);

  useEffect(() => {
    const place = holder.current;
    if (!video || !place || !ready) return;
    const end = new AbortController();
    const begin = async () => {
      const [{ default: Renderer }, subContent] = await Promise.all([
        import('jassub'),
        textOf(url, end.signal),
      ]);
      if (end.signal.aborted) return;
      // A new canvas each time: one that was handed to a worker cannot be taken back.
      const canvas = document.createElement('canvas');
      canvas.className = 'subtitle-canvas';
      place.append(canvas);
      renderer.current = new Renderer({
        video,
        canvas,
        subContent,
        // Liberation Sans stands in for what the file does not carry; it is there from the start.
        fonts: [liberation, ...(fontList ? fontList.split('\n') : [])],
        availableFonts: { 'liberation sans': liberation },
        timeOffset: -wanted.current,
        queryFonts: false,
        maxRenderHeight: MOST_LINES,
        libassMemoryLimit: MEMORY,
      });
      await renderer.current.ready;
      if (!end.signal.aborted) drawNow(renderer.current, video);
    };
    begin().catch((error: unknown) => {
      if (!end.signal.aborted) onFailure(messageOf(error));
    });
    return () => {
      end.abort();
      void renderer.current?.destroy();
      renderer.current = null;
      place.replaceChildren();
    };
  }, [url, video, ready, fontList, onFailure]);

  return <div ref={holder} />;
}

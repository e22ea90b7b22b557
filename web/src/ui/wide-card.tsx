import { Play } from 'lucide-react';
import type { ReactNode } from 'react';

import { cx } from './cx';
import { Picture } from './picture';
import { Progress } from './progress';

interface StillProps {
  url: string | null;
  colour?: string | null;
  /** 0–1 of it seen. */
  seen?: number;
  /** Draw the play sign on hover. */
  playable?: boolean;
  className?: string;
  children?: ReactNode;
  sizes?: string;
}

/** A 16:9 picture with how much of it was seen. Sits in an element with the class `group`. */
export function Still({ url, colour, seen = 0, playable, className, children, sizes }: StillProps) {
  return (
    <span
      className={cx(
        'poster-glint relative block aspect-video overflow-hidden rounded-md bg-well',
        className,
      )}
    >
      {url ? (
        <Picture url={url} colour={colour} sizes={sizes ?? '(max-width: 640px) 62vw, 21rem'} />
      ) : (
        <span className="absolute inset-0 bg-gradient-to-br from-pane-strong to-transparent" />
      )}
      {playable && (
        <span
          aria-hidden
          className="absolute inset-0 z-10 grid place-items-center bg-black/35 opacity-0 transition duration-200 group-hover:opacity-100 group-focus-visible:opacity-100"
        >
          <span className="glass grid size-13 place-items-center rounded-full">
            <Play className="size-5 translate-x-px fill-current" />
          </span>
        </span>
      )}
      {children}
      {seen > 0 && (
        <span className="absolute inset-x-3 bottom-3 z-10 block">
          <Progress thin share={seen} label="Seen" />
        </span>
      )}
    </span>
  );
}

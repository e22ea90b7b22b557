import { Link, type LinkProps } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useCallback, useEffect, useId, useRef, useState, type ReactNode } from 'react';

import { cx } from './cx';

interface RowProps {
  title: string;
  /** Where the whole list is. */
  more?: Pick<LinkProps, 'to' | 'search'>;
  shape?: 'poster' | 'wide' | 'person' | 'chapter';
  children: ReactNode[];
}

const WIDTHS = {
  poster: 'w-[8.5rem] sm:w-[9.5rem] lg:w-[11.5rem]',
  wide: 'w-[15.5rem] sm:w-[18rem] lg:w-[21rem]',
  person: 'w-[6.5rem] sm:w-[7.5rem]',
  chapter: 'w-[10rem] sm:w-[12rem]',
};

/** Left and right arrows move between the entries, Home and End to the ends. */
function moveFocus(event: React.KeyboardEvent<HTMLUListElement>) {
  const links = [
    ...event.currentTarget.querySelectorAll<HTMLElement>(':scope > li > a, :scope > li > div > a'),
  ];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const targets: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: links.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined || !links[target]) return;
  event.preventDefault();
  links[target].focus({ preventScroll: true });
  links[target].scrollIntoView({ behavior: 'smooth', block: 'nearest', inline: 'nearest' });
}

function useEnds() {
  const list = useRef<HTMLUListElement>(null);
  const [ends, setEnds] = useState({ start: true, end: true });
  const look = useCallback(() => {
    const at = list.current;
    if (!at) return;
    setEnds({
      start: at.scrollLeft < 8,
      end: at.scrollLeft + at.clientWidth > at.scrollWidth - 8,
    });
  }, []);
  useEffect(() => {
    const at = list.current;
    if (!at) return;
    const watcher = new ResizeObserver(look);
    watcher.observe(at);
    return () => watcher.disconnect();
  }, [look]);
  const page = (direction: 1 | -1) =>
    list.current?.scrollBy({
      left: direction * list.current.clientWidth * 0.85,
      behavior: 'smooth',
    });
  return { list, ends, look, page };
}

/** A shelf that scrolls sideways: by touch, wheel, buttons and arrow keys. */
export function Row({ title, more, shape = 'poster', children }: RowProps) {
  const id = useId();
  const { list, ends, look, page } = useEnds();
  return (
    <section aria-labelledby={id} className="group/row relative">
      <div className="gutter mb-3 flex items-baseline gap-4">
        <h2 id={id} className="text-lg sm:text-xl">
          {title}
        </h2>
        {more && (
          <Link
            {...more}
            className="rounded-xs text-sm text-faint transition hover:text-glow"
            aria-label={`See all: ${title}`}
          >
            See all
          </Link>
        )}
        <span className={cx('ml-auto hidden gap-1', !(ends.start && ends.end) && 'md:flex')}>
          <PageButton icon={ChevronLeft} off={ends.start} onClick={() => page(-1)} />
          <PageButton icon={ChevronRight} off={ends.end} onClick={() => page(1)} />
        </span>
      </div>
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- the arrow keys only move between links that Tab reaches too */}
      <ul
        ref={list}
        onScroll={look}
        onKeyDown={moveFocus}
        className="no-scrollbar gutter flex snap-x snap-proximity scroll-px-[var(--gutter)] gap-3 overflow-x-auto overscroll-x-contain pt-2 pb-4 sm:gap-4"
      >
        {children.map((child, index) => (
          <li
            key={(child as { key?: string }).key ?? index}
            className={cx('shrink-0 snap-start', WIDTHS[shape])}
          >
            {child}
          </li>
        ))}
      </ul>
    </section>
  );
}

// Not in the tab order: the keyboard has the arrow keys, and Tab reaches every entry.
function PageButton(props: { icon: typeof ChevronLeft; off: boolean; onClick: () => void }) {
  const Icon = props.icon;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden
      disabled={props.off}
      onClick={props.onClick}
      className="grid size-9 place-items-center rounded-full text-soft transition hover:bg-pane-strong hover:text-ink disabled:opacity-25"
    >
      <Icon className="size-5" />
    </button>
  );
}

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';

import type { TitleCard } from '@/lib/api/types';
import { Poster, PosterSkeleton } from '@/ui/poster';

const TEMPLATE = 'repeat(auto-fill, minmax(min(var(--poster), 100%), 1fr))';
const GRID = 'grid gap-x-3 sm:gap-x-5 [--poster:6.5rem] sm:[--poster:9.5rem] lg:[--poster:11rem]';
/** Rows from the end at which the next page is asked for. */
const AHEAD = 6;

interface Measure {
  columns: number;
  rowHeight: number;
  top: number;
}

/** Measure how many posters fit a line, from a grid that CSS laid out. */
function useMeasure() {
  const frame = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLDivElement>(null);
  const [measure, setMeasure] = useState<Measure>({ columns: 0, rowHeight: 300, top: 0 });
  useLayoutEffect(() => {
    const at = frame.current;
    if (!at || !ruler.current) return;
    const look = () => {
      const tracks = getComputedStyle(ruler.current ?? at).gridTemplateColumns.split(' ');
      const width = parseFloat(tracks[0] ?? '') || 160;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      setMeasure({
        columns: Math.max(1, tracks.length),
        rowHeight: width * 1.5 + 4.9 * rem,
        top: at.getBoundingClientRect().top + window.scrollY,
      });
    };
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(at);
    return () => watcher.disconnect();
  }, []);
  return { frame, ruler, measure };
}

/** Arrow keys move by one poster or one line. */
function onArrow(event: KeyboardEvent<HTMLElement>, columns: number) {
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a[data-card]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const target = links[at + step];
  if (at < 0 || !target) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest' });
}

interface PosterGridProps {
  label: string;
  cards: TitleCard[];
  total: number;
  onEnd: () => void;
  failed: boolean;
}

/** A wall of posters of which only the lines near the screen exist. */
export function PosterGrid({ label, cards, total, onEnd, failed }: PosterGridProps) {
  const { frame, ruler, measure } = useMeasure();
  const { columns, rowHeight, top } = measure;
  const loaded = columns ? Math.ceil(cards.length / columns) : 0;
  const rows = loaded + (cards.length < total && !failed ? 1 : 0);
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: 4,
    scrollMargin: top,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight, columns]);

  const lines = virtual.getVirtualItems();
  const last = lines.at(-1)?.index ?? 0;
  useEffect(() => {
    if (loaded && last >= loaded - AHEAD && cards.length < total) onEnd();
  }, [last, loaded, cards.length, total, onEnd]);

  const from = (lines[0]?.index ?? 0) * columns;
  const to = Math.min((last + 1) * columns, total);
  const indexes = Array.from({ length: Math.max(0, to - from) }, (_, step) => from + step);

  return (
    <div ref={frame} className="relative">
      <div
        ref={ruler}
        aria-hidden
        className={`${GRID} invisible absolute inset-x-0 h-0`}
        style={{ gridTemplateColumns: TEMPLATE }}
      />
      <div style={{ height: virtual.getTotalSize() }}>
        {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- the arrow keys only move between links that Tab reaches too */}
        <ul
          aria-label={label}
          className={GRID}
          style={{
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            gridAutoRows: rowHeight,
            transform: `translateY(${(lines[0]?.start ?? top) - top}px)`,
          }}
          onKeyDown={(event) => onArrow(event, columns)}
        >
          {indexes.map((index) => {
            const card = cards[index];
            return (
              <li key={index} aria-setsize={total} aria-posinset={index + 1}>
                {card ? <Poster card={card} eager={index < columns * 2} /> : <PosterSkeleton />}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

export function GridSkeleton({ lines = 24 }: { lines?: number }) {
  return (
    <div role="status" className={`${GRID} gap-y-6`} style={{ gridTemplateColumns: TEMPLATE }}>
      <span className="sr-only">Loading…</span>
      {Array.from({ length: lines }, (_, index) => (
        <PosterSkeleton key={index} />
      ))}
    </div>
  );
}

/** A wall of few posters, all of them there. */
export function PlainGrid({
  label,
  cards,
  note,
}: {
  label: string;
  cards: TitleCard[];
  note?: (card: TitleCard) => string | undefined;
}) {
  return (
    <ul aria-label={label} className={`${GRID} gap-y-6`} style={{ gridTemplateColumns: TEMPLATE }}>
      {cards.map((card) => (
        <li key={card.id}>
          <Poster card={card} note={note?.(card)} />
        </li>
      ))}
    </ul>
  );
}

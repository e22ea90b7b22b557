import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Clock, Search, SearchX, X } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';

import { searchQuery } from '@/lib/api/catalog';
import type { SearchHit, TitleCard } from '@/lib/api/types';
import { useDebounced, useDocumentTitle } from '@/lib/hooks';
import { plural } from '@/lib/format';
import { forgetSearch, recentSearches, rememberSearch } from '@/lib/recent-searches';
import { cx } from '@/ui/cx';
import { EmptyState, ErrorState } from '@/ui/states';

import { GridSkeleton, PlainGrid } from './poster-grid';

const route = getRouteApi('/signed-in/shell/search');
const SETTLE = 180;

function because(card: TitleCard): string | undefined {
  const hit = card as SearchHit;
  if (hit.matched === 'person') return `With ${hit.because}`;
  if (hit.matched === 'episode') return `Episode “${hit.because}”`;
  return undefined;
}

function Recent({ onPick }: { onPick: (text: string) => void }) {
  const [list, setList] = useState(() => recentSearches());
  if (!list.length) {
    return (
      <EmptyState icon={Search} title="Find anything in the library">
        <p>Films, series, episodes and people. A typo or two does no harm.</p>
      </EmptyState>
    );
  }
  return (
    <section aria-labelledby="recent" className="max-w-xl">
      <h2 id="recent" className="eyebrow mb-3">
        Recent searches
      </h2>
      <ul>
        {list.map((text) => (
          <li key={text} className="flex items-center rounded-md transition hover:bg-pane">
            <button
              type="button"
              onClick={() => onPick(text)}
              className="flex min-w-0 flex-1 items-center gap-3 rounded-md px-3 py-2.5 text-left"
            >
              <Clock aria-hidden className="size-4 shrink-0 text-faint" />
              <span className="truncate">{text}</span>
            </button>
            <button
              type="button"
              aria-label={`Forget “${text}”`}
              onClick={() => setList(forgetSearch(text))}
              className="grid size-10 place-items-center rounded-full text-faint hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Results({ q, onOpened }: { q: string; onOpened: () => void }) {
  const found = useQuery(searchQuery(q));
  if (found.isPending) return <GridSkeleton lines={12} />;
  if (found.isLoadingError)
    return <ErrorState error={found.error} retry={() => void found.refetch()} />;
  const hits = found.data.items;
  return (
    <>
      <p role="status" className="mb-4 text-sm text-faint">
        {hits.length ? `${plural(hits.length, 'result')} for “${q}”` : ''}
      </p>
      {hits.length === 0 ? (
        <EmptyState icon={SearchX} title={`Nothing found for “${q}”`}>
          <p>Try fewer words, or the original title.</p>
        </EmptyState>
      ) : (
        // Remembers the search when a result inside is opened, by whatever means.
        <div
          onClickCapture={onOpened}
          className={cx(found.isPlaceholderData && 'opacity-60 transition')}
        >
          <PlainGrid label="Results" cards={hits} note={because} />
        </div>
      )}
    </>
  );
}

/** Arrow down from the field goes into the results, arrow keys move among them. */
function moveAmongResults(event: KeyboardEvent<HTMLElement>, field: HTMLInputElement | null) {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a[data-card]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const inField = document.activeElement === field;
  const columns = links.filter((link) => sameLine(link, links[0])).length;
  const steps: Record<string, number> = { ArrowDown: columns, ArrowUp: -columns };
  if (!inField) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
  const step = steps[event.key];
  if (step === undefined || (inField && event.key !== 'ArrowDown')) return;
  const target = inField ? links[0] : (links[at + step] ?? (at + step < 0 ? field : null));
  if (!target || (!inField && at < 0)) return;
  event.preventDefault();
  target.focus();
}

const sameLine = (one: HTMLElement, other: HTMLElement | undefined) =>
  other !== undefined && one.getBoundingClientRect().top === other.getBoundingClientRect().top;

export function SearchPage() {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q);
  const settled = useDebounced(typed.trim(), SETTLE);
  const field = useRef<HTMLInputElement>(null);
  useDocumentTitle(settled ? `“${settled}”` : 'Search');

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (settled !== q) void navigate({ search: { q: settled || undefined }, replace: true });
  }, [settled, q, navigate]);

  return (
    // eslint-disable-next-line jsx-a11y-x/no-static-element-interactions -- the arrow keys only move between things that Tab reaches too
    <div
      className="gutter animate-fade pt-[calc(var(--header)+1.5rem)] pb-16"
      onKeyDown={(event) => moveAmongResults(event, field.current)}
    >
      <h1 className="sr-only">Search</h1>
      <form
        role="search"
        className="relative mx-auto mb-8 max-w-3xl"
        onSubmit={(event) => {
          event.preventDefault();
          rememberSearch(typed);
        }}
      >
        <Search
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-5 z-10 size-5 -translate-y-1/2 text-glow"
        />
        <input
          ref={field}
          id="search-field"
          type="search"
          aria-label="Search the library"
          placeholder="Films, series, episodes, people"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="glass h-14 w-full rounded-full pr-14 pl-13 text-lg placeholder:text-faint [&::-webkit-search-cancel-button]:hidden"
        />
        {typed && (
          <button
            type="button"
            aria-label="Clear"
            onClick={() => {
              setTyped('');
              field.current?.focus();
            }}
            className="absolute top-1/2 right-3 grid size-10 -translate-y-1/2 place-items-center rounded-full text-faint hover:text-ink"
          >
            <X aria-hidden className="size-5" />
          </button>
        )}
      </form>
      {settled ? (
        <Results q={settled} onOpened={() => rememberSearch(settled)} />
      ) : (
        <div className="mx-auto max-w-3xl">
          <Recent onPick={setTyped} />
        </div>
      )}
    </div>
  );
}

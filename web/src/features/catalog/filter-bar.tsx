import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';

import { genresQuery, type TitleFilter } from '@/lib/api/catalog';
import type { TitleKind } from '@/lib/api/types';
import { SelectBox } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';

const SORTS = [
  ['title', 'Title A–Z'],
  ['-title', 'Title Z–A'],
  ['-added', 'Newest here'],
  ['added', 'Oldest here'],
  ['-year', 'Year, newest'],
  ['year', 'Year, oldest'],
  ['-rating', 'Best rated'],
] as const;

const FIRST_FILM = 1895;

function years(): number[] {
  const last = new Date().getFullYear() + 1;
  return Array.from({ length: last - FIRST_FILM + 1 }, (_, back) => last - back);
}

interface FilterBarProps {
  kind: TitleKind;
  filter: TitleFilter;
  onChange: (filter: TitleFilter) => void;
}

export function FilterBar({ kind, filter, onChange }: FilterBarProps) {
  const genres = useQuery(genresQuery(kind));
  const filtered = filter.genre !== undefined || filter.year !== undefined;
  return (
    <div
      role="group"
      aria-label="Sort and filter"
      className="flex flex-wrap items-center gap-2 max-sm:w-full"
    >
      {filtered && (
        <IconButton
          icon={X}
          label="Clear filters"
          onClick={() => onChange({ sort: filter.sort })}
        />
      )}
      <SelectBox
        aria-label="Genre"
        className="max-sm:flex-1 sm:w-44"
        value={filter.genre ?? ''}
        onChange={(event) => onChange({ ...filter, genre: event.target.value || undefined })}
      >
        <option value="">All genres</option>
        {(genres.data?.items ?? []).map((genre) => (
          <option key={genre.name} value={genre.name}>
            {genre.name} ({genre.count})
          </option>
        ))}
      </SelectBox>
      <SelectBox
        aria-label="Year"
        className="max-sm:flex-1 sm:w-32"
        value={filter.year ?? ''}
        onChange={(event) => onChange({ ...filter, year: Number(event.target.value) || undefined })}
      >
        <option value="">All years</option>
        {years().map((year) => (
          <option key={year} value={year}>
            {year}
          </option>
        ))}
      </SelectBox>
      <SelectBox
        aria-label="Sort by"
        className="max-sm:w-full sm:w-40"
        value={filter.sort ?? 'title'}
        onChange={(event) => onChange({ ...filter, sort: event.target.value })}
      >
        {SORTS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectBox>
    </div>
  );
}

import { useState } from 'react';

import type { OfferedFile } from '@/lib/api/types';
import { bytes, plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';

/** Lines that are drawn; of more, the filter finds those that are meant. */
const MOST_LINES = 300;
/** Up to so many files a filter is of no use. */
const FEW = 12;

interface FileChoiceProps {
  files: OfferedFile[];
  chosen: ReadonlySet<number>;
  onChange: (chosen: ReadonlySet<number>) => void;
}

/** The files of a torrent, each with a box to tick. */
export function FileChoice({ files, chosen, onChange }: FileChoiceProps) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const found = wanted ? files.filter((file) => file.path.toLowerCase().includes(wanted)) : files;
  const size = files.reduce((sum, file) => sum + (chosen.has(file.number) ? file.size : 0), 0);
  const setAll = (on: boolean) => {
    const next = new Set(chosen);
    for (const file of found) {
      if (on) next.add(file.number);
      else next.delete(file.number);
    }
    onChange(next);
  };
  const toggle = (number: number) => {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    onChange(next);
  };
  return (
    <fieldset className="rounded-md border border-line p-3">
      <legend className="px-1.5 text-sm font-medium text-soft">Files to fetch</legend>
      <div className="mb-2 flex items-center">
        <p role="status" className="min-w-0 flex-1 self-center text-sm text-faint tabular-nums">
          {chosen.size} of {plural(files.length, 'file')} · {bytes(size)}
        </p>
        <Button size="sm" look="quiet" onClick={() => setAll(true)}>
          {wanted ? 'Tick these' : 'All'}
        </Button>
        <Button size="sm" look="quiet" onClick={() => setAll(false)}>
          {wanted ? 'Untick these' : 'None'}
        </Button>
      </div>
      {files.length > FEW && (
        <Field
          label="Filter"
          className="mb-2"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <ul className="max-h-64 overflow-y-auto">
        {found.slice(0, MOST_LINES).map((file) => (
          <li key={file.number}>
            <label className="flex min-h-10 cursor-pointer items-center gap-3 rounded-sm px-2 py-1.5 text-sm transition hover:bg-pane">
              <input
                type="checkbox"
                checked={chosen.has(file.number)}
                onChange={() => toggle(file.number)}
                className="size-4.5 shrink-0 accent-glow"
              />
              <span className="min-w-0 flex-1 wrap-anywhere">{file.path}</span>
              <span className="shrink-0 text-xs text-faint tabular-nums">{bytes(file.size)}</span>
            </label>
          </li>
        ))}
      </ul>
      {found.length > MOST_LINES && (
        <p className="mt-2 text-xs text-faint">
          and {plural(found.length - MOST_LINES, 'more file')}. The filter narrows the list.
        </p>
      )}
      {!found.length && <p className="px-2 py-3 text-sm text-faint">No file is called that.</p>}
    </fieldset>
  );
}

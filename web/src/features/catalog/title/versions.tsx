import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download, EllipsisVertical, Play, ShieldX, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { streamAddress } from '@/lib/api/streaming';
import type { MediaFile, Title } from '@/lib/api/types';
import { audioOf, codecName, versionName, videoOf } from '@/lib/codecs';
import { bitrate, bytes, channels, runtime } from '@/lib/format';
import { atLeast } from '@/lib/roles';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';

import { HowItPlays } from './how-it-plays';
import { useFileRemoval } from './removal';
import { TakeDownDialog } from './take-down-dialog';

function details(file: MediaFile): string {
  const audio = audioOf(file);
  return [
    codecName(videoOf(file)?.codec ?? null),
    audio && [codecName(audio.codec), channels(audio.channels)].filter(Boolean).join(' '),
    bytes(file.size),
    file.bitrate && bitrate(file.bitrate),
  ]
    .filter(Boolean)
    .join(' · ');
}

const baseName = (path: string) => path.split('/').pop() ?? path;

const ROLES = { main: '', extra: 'Extra', trailer: 'Trailer', sample: 'Sample' };

/** What may be done to a file, by those who may. */
function FileMenu({ title, file, name }: { title: Title; file: MediaFile; name: string }) {
  const { data: me } = useQuery(meQuery);
  const [takingDown, setTakingDown] = useState(false);
  const remove = useFileRemoval(title.id);
  if (!atLeast(me?.role, 'moderator')) return null;
  return (
    <>
      <Menu trigger={<IconButton icon={EllipsisVertical} label={`More for ${name}`} />}>
        <MenuItem icon={Trash2} danger onSelect={() => remove(file)}>
          Remove this version
        </MenuItem>
        {atLeast(me?.role, 'admin') && (
          <MenuItem icon={ShieldX} danger onSelect={() => setTakingDown(true)}>
            Take down for good
          </MenuItem>
        )}
      </Menu>
      {takingDown && <TakeDownDialog of={title} file={file} onClose={() => setTakingDown(false)} />}
    </>
  );
}

function FileLine({ title, file }: { title: Title; file: MediaFile }) {
  const here = file.state === 'present';
  const name = file.role === 'main' ? versionName(file) : ROLES[file.role];
  return (
    <li className="card flex min-w-0 items-center gap-3 p-2 pr-1.5 transition hover:border-line-strong">
      <Link
        to="/watch/$fileId"
        params={{ fileId: file.id }}
        search={{ title: title.id }}
        disabled={!here}
        aria-label={`Play ${name}`}
        className="grid size-11 shrink-0 place-items-center rounded-full bg-pane-strong text-glow transition hover:bg-glow hover:text-on-glow aria-disabled:opacity-40"
      >
        <Play aria-hidden className="size-4.5 translate-x-px fill-current" />
      </Link>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {name}
          {!here && <Badge tone="warn">{file.state === 'failed' ? 'Unreadable' : 'Missing'}</Badge>}
        </p>
        <p className="truncate text-xs text-faint">
          {file.role === 'main'
            ? details(file)
            : `${baseName(file.path)} · ${runtime(Math.ceil((file.duration ?? 0) / 60))}`}
        </p>
        {here && file.role === 'main' && <HowItPlays fileId={file.id} className="mt-0.5" />}
      </div>
      <a
        href={streamAddress(file.id)}
        download={baseName(file.path)}
        aria-label={`Download ${name}`}
        className="grid size-11 shrink-0 place-items-center rounded-full text-faint transition hover:bg-pane-strong hover:text-ink max-sm:hidden"
      >
        <Download aria-hidden className="size-5" />
      </a>
      <FileMenu title={title} file={file} name={name} />
    </li>
  );
}

interface FilesProps {
  title: Title;
  files: MediaFile[];
}

/** The versions of a film to choose from. */
export function Versions({ title, files }: FilesProps) {
  return (
    <section aria-labelledby="versions">
      <h2 id="versions" className="mb-4 text-xl">
        Versions
      </h2>
      <ul className="grid max-w-5xl gap-3 xl:grid-cols-2">
        {files.map((file) => (
          <FileLine key={file.id} title={title} file={file} />
        ))}
      </ul>
    </section>
  );
}

export function Extras({ title, files }: FilesProps) {
  return (
    <section aria-labelledby="extras">
      <h2 id="extras" className="mb-4 text-xl">
        Trailers and extras
      </h2>
      <ul className="grid max-w-5xl gap-3 xl:grid-cols-2">
        {files.map((file) => (
          <FileLine key={file.id} title={title} file={file} />
        ))}
      </ul>
    </section>
  );
}

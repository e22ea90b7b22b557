import {
  ArrowLeft,
  Download,
  FileX,
  Hourglass,
  KeyRound,
  MonitorX,
  RefreshCw,
  RotateCw,
  ServerCrash,
  Snail,
  Unplug,
  type LucideIcon,
} from 'lucide-react';
import { useEffect, useState } from 'react';

import { streamAddress } from '@/lib/api/streaming';
import type { MediaFile, Title } from '@/lib/api/types';
import { undecodable, versionName } from '@/lib/codecs';
import { Button, ButtonLink, buttonClass } from '@/ui/button';

import type { PlayFailure } from './failure';
import { otherVersions } from './playlist';

const ICONS: Record<PlayFailure['kind'], LucideIcon> = {
  missing: FileX,
  changed: RefreshCw,
  undecodable: MonitorX,
  stalled: Snail,
  busy: Hourglass,
  token: KeyRound,
  network: Unplug,
  server: ServerCrash,
};
const AGAIN: Partial<Record<PlayFailure['kind'], string>> = {
  changed: 'Load again',
  stalled: 'Try again',
  busy: 'Try now',
  token: 'Try again',
  network: 'Try again',
  server: 'Try again',
};

/** Count down, then try; a broken connection is tried as soon as there is one again. */
function useRetry(failure: PlayFailure, onRetry: (() => void) | undefined): number | null {
  const [left, setLeft] = useState(failure.retryIn ?? null);
  useEffect(() => {
    if (failure.retryIn === undefined) return;
    const timer = setInterval(() => setLeft((now) => now && now - 1), 1000);
    return () => clearInterval(timer);
  }, [failure]);
  useEffect(() => {
    if (left === 0) onRetry?.();
  }, [left, onRetry]);
  useEffect(() => {
    if (failure.kind !== 'network' || !onRetry) return;
    window.addEventListener('online', onRetry);
    return () => window.removeEventListener('online', onRetry);
  }, [failure, onRetry]);
  return left;
}

function Versions({ title, file }: { title: Title; file: MediaFile }) {
  // What this browser decodes comes first.
  const versions = [...otherVersions(title, file.id)].sort(
    (one, other) => undecodable(one).length - undecodable(other).length,
  );
  if (!versions.length) return null;
  return (
    <ul className="mt-6 space-y-2" aria-label="Other versions">
      {versions.map((version) => (
        <li key={version.id}>
          <ButtonLink
            look="glass"
            className="w-full"
            to="/watch/$fileId"
            params={{ fileId: version.id }}
            search={{ title: title.id }}
            replace
          >
            Play {versionName(version)}
          </ButtonLink>
        </li>
      ))}
    </ul>
  );
}

function WayBack({ title, look }: { title?: Title; look: 'glass' | 'primary' }) {
  const to = title ? { to: '/title/$id' as const, params: { id: title.id } } : { to: '/' as const };
  return (
    <ButtonLink look={look} icon={ArrowLeft} {...to} replace>
      {title ? 'Back to the title' : 'Home'}
    </ButtonLink>
  );
}

function NextTry({ left }: { left: number | null }) {
  if (!left) return null;
  return <p className="mt-3 text-sm text-faint tabular-nums">Next try in {left} s</p>;
}

interface FailureScreenProps {
  failure: PlayFailure;
  title?: Title;
  file?: MediaFile;
  onRetry?: () => void;
  /** A smaller picture, which may do: its name, and how to play it. */
  smaller?: { name: string; onChoose: () => void } | null;
}

/** Why it does not play, and every way on. */
export function FailureScreen({ failure, title, file, onRetry, smaller }: FailureScreenProps) {
  const Icon = ICONS[failure.kind];
  const again = AGAIN[failure.kind];
  const left = useRetry(failure, onRetry);
  return (
    <div className="relative isolate grid size-full place-items-center overflow-y-auto p-6">
      <div className="ambient" />
      <div className="relative max-w-lg animate-rise text-center">
        <span className="glass mx-auto mb-6 grid size-18 place-items-center rounded-xl text-warn">
          <Icon aria-hidden className="size-8" strokeWidth={1.5} />
        </span>
        <div role="alert">
          <h2 className="text-2xl">{failure.title}</h2>
          {title && <p className="mt-1 text-sm text-faint">{title.title}</p>}
          <p className="mt-3 text-pretty text-soft">{failure.detail}</p>
        </div>
        <NextTry left={left} />
        {title && file && <Versions title={title} file={file} />}
        <div className="mt-6 flex flex-wrap justify-center gap-3">
          {again && onRetry && (
            <Button look="primary" icon={RotateCw} onClick={onRetry}>
              {again}
            </Button>
          )}
          {smaller && <Button onClick={smaller.onChoose}>Play in {smaller.name}</Button>}
          {failure.kind === 'undecodable' && file && (
            <a className={buttonClass('glass')} href={streamAddress(file.id)} download>
              <Download aria-hidden className="size-[1.15em]" />
              Download
            </a>
          )}
          <WayBack title={title} look={again ? 'glass' : 'primary'} />
        </div>
      </div>
    </div>
  );
}

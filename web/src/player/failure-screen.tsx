import { ArrowLeft, Download, FileX, MonitorX, RotateCw, Unplug } from 'lucide-react';

import { streamAddress } from '@/lib/api/streaming';
import type { MediaFile, Title } from '@/lib/api/types';
import { undecodable, versionName } from '@/lib/codecs';
import { Button, ButtonLink, buttonClass } from '@/ui/button';

import type { PlayFailure } from './failure';
import { otherVersions } from './playlist';

const ICONS = { missing: FileX, undecodable: MonitorX, network: Unplug };

interface FailureScreenProps {
  failure: PlayFailure;
  title?: Title;
  file?: MediaFile;
  onRetry?: () => void;
}

/** Why it does not play, and every way on. */
export function FailureScreen({ failure, title, file, onRetry }: FailureScreenProps) {
  const Icon = ICONS[failure.kind];
  const others = title && file ? otherVersions(title, file.id) : [];
  // What this browser decodes comes first.
  const versions = [...others].sort(
    (one, other) => undecodable(one).length - undecodable(other).length,
  );
  return (
    <div className="relative isolate grid size-full place-items-center overflow-y-auto p-6">
      <div className="ambient" />
      <div role="alert" className="relative max-w-lg animate-rise text-center">
        <span className="glass mx-auto mb-6 grid size-18 place-items-center rounded-xl text-warn">
          <Icon aria-hidden className="size-8" strokeWidth={1.5} />
        </span>
        <h2 className="text-2xl">{failure.title}</h2>
        {title && <p className="mt-1 text-sm text-faint">{title.title}</p>}
        <p className="mt-3 text-pretty text-soft">{failure.detail}</p>
        {versions.length > 0 && title && (
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
        )}
        <div className="mt-6 flex flex-wrap justify-center gap-3">
          {title ? (
            <ButtonLink
              look="primary"
              icon={ArrowLeft}
              to="/title/$id"
              params={{ id: title.id }}
              replace
            >
              Back to the title
            </ButtonLink>
          ) : (
            <ButtonLink look="primary" icon={ArrowLeft} to="/" replace>
              Home
            </ButtonLink>
          )}
          {failure.kind === 'network' && onRetry && (
            <Button icon={RotateCw} onClick={onRetry}>
              Try again
            </Button>
          )}
          {failure.kind === 'undecodable' && file && (
            <a className={buttonClass('glass')} href={streamAddress(file.id)} download>
              <Download aria-hidden className="size-[1.15em]" />
              Download
            </a>
          )}
        </div>
      </div>
    </div>
  );
}

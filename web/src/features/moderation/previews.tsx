import { Play } from 'lucide-react';
import { useState } from 'react';

import { pictureAddress, previewAddress } from '@/lib/api/moderation';
import type { Submission } from '@/lib/api/types';
import { Button } from '@/ui/button';

import { fileFacts } from './submission-words';

/** The pictures that were taken of what was proposed. */
export function Pictures({ one }: { one: Submission }) {
  if (!one.pictures) {
    return <p className="text-sm text-faint">No pictures could be taken of it.</p>;
  }
  return (
    <ul
      aria-label="Pictures"
      // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard
      tabIndex={0}
      className="no-scrollbar -mx-5 flex snap-x scroll-px-5 gap-2 overflow-x-auto rounded-sm px-5 -outline-offset-2"
    >
      {Array.from({ length: one.pictures }, (_, index) => (
        <li key={index} className="w-56 shrink-0 snap-start sm:w-64">
          <img
            src={pictureAddress(one.id, index + 1)}
            alt={`Scene ${index + 1} of ${one.title}`}
            loading="lazy"
            className="aspect-video w-full rounded-md bg-well object-cover"
          />
        </li>
      ))}
    </ul>
  );
}

function PreviewFile({ one, number }: { one: Submission; number: number }) {
  const [open, setOpen] = useState(false);
  const [unplayable, setUnplayable] = useState(false);
  const file = one.files[number - 1];
  if (!file) return null;
  return (
    <li className="py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <div className="min-w-40 flex-1">
          <p className="text-sm wrap-anywhere">{file.name}</p>
          <p className="text-xs text-faint tabular-nums">{fileFacts(file)}</p>
        </div>
        {!open && (
          <Button
            size="sm"
            icon={Play}
            aria-label={`Play ${file.name}`}
            onClick={() => setOpen(true)}
          >
            Play
          </Button>
        )}
      </div>
      {open && !unplayable && (
        // eslint-disable-next-line jsx-a11y-x/media-has-caption -- a look at what a stranger sent
        <video
          src={previewAddress(one.id, number)}
          aria-label={`Preview of ${file.name}`}
          controls
          autoPlay
          preload="metadata"
          onError={() => setUnplayable(true)}
          className="mt-3 max-h-[70dvh] w-full rounded-md bg-void"
        />
      )}
      {unplayable && (
        <p role="alert" className="mt-2 text-sm text-warn">
          This browser cannot play a file of this kind. The pictures show what is in it.
        </p>
      )}
    </li>
  );
}

/** The files of what was proposed, each to be looked at. */
export function PreviewFiles({ one }: { one: Submission }) {
  return (
    <ul className="divide-y divide-line">
      {one.files.map((_, index) => (
        <PreviewFile key={index} one={one} number={index + 1} />
      ))}
    </ul>
  );
}

import { Link } from '@tanstack/react-router';

import type { MediaFile } from '@/lib/api/types';
import { clock } from '@/lib/format';
import { Row } from '@/ui/row';

/** The chapters of a film, each a way in. */
export function Chapters({ file, titleId }: { file: MediaFile; titleId: string }) {
  if (file.chapters.length < 2) return null;
  return (
    <Row title="Chapters" shape="chapter">
      {file.chapters.map((chapter, index) => (
        <Link
          key={chapter.start}
          to="/watch/$fileId"
          params={{ fileId: file.id }}
          search={{ title: titleId, at: Math.floor(chapter.start) }}
          className="card block h-full px-4 py-3 transition hover:border-line-strong hover:bg-pane-strong"
        >
          <span className="block text-xs font-semibold text-glow tabular-nums">
            {clock(chapter.start)}
          </span>
          <span className="mt-0.5 line-clamp-2 text-sm font-medium">
            {chapter.title ?? `Chapter ${index + 1}`}
          </span>
        </Link>
      ))}
    </Row>
  );
}

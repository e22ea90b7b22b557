import { queryOptions, useQuery } from '@tanstack/react-query';
import { ChevronDown, CircleCheck, Package, RefreshCw, type LucideIcon } from 'lucide-react';

import { askPlayback, type Method, type PlaybackAnswer } from '@/lib/api/playback';
import { METHODS } from '@/lib/playback/methods';
import { capabilities } from '@/player/engine/capabilities';
import { cx } from '@/ui/cx';

/** How this browser would play a file; decided by the server, nothing is started. */
const previewQuery = (fileId: string) =>
  queryOptions({
    queryKey: ['playback-preview', fileId],
    queryFn: async () =>
      askPlayback({ file_id: fileId, client: await capabilities(), preview: true }),
    staleTime: 5 * 60_000,
    retry: false,
  });

const ICONS: Record<Method, LucideIcon> = {
  direct: CircleCheck,
  remux: Package,
  transcode: RefreshCw,
};

const TONES: Record<Method, string> = {
  direct: 'text-good',
  remux: 'text-glow',
  transcode: 'text-warn',
};

function notes(answer: PlaybackAnswer): string[] {
  const ready = answer.prepared.length
    ? [`Made ahead of time: ${answer.prepared.join(', ')}.`]
    : [];
  return [answer.summary, ...answer.reasons.map((reason) => reason.text), ...ready];
}

/** One line on how a file will play here, with the reasons behind it. */
export function HowItPlays({ fileId, className }: { fileId: string; className?: string }) {
  const { data: answer } = useQuery(previewQuery(fileId));
  // Nothing that one must know before playing: no skeleton, and silence when it cannot be told.
  if (!answer) return null;
  const Icon = ICONS[answer.method];
  return (
    <details className={cx('group/plays text-sm', className)}>
      <summary className="inline-flex min-h-6 list-none items-center gap-1.5 rounded-xs text-soft transition hover:text-ink [&::-webkit-details-marker]:hidden">
        <Icon aria-hidden className={cx('size-4', TONES[answer.method])} />
        <span>
          Plays here: <span className="font-medium text-ink">{METHODS[answer.method][0]}</span>
        </span>
        <ChevronDown
          aria-hidden
          className="size-4 text-faint transition group-open/plays:rotate-180"
        />
      </summary>
      <ul className="mt-1.5 max-w-xl list-disc space-y-1 pl-5 text-soft marker:text-faint">
        {notes(answer).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

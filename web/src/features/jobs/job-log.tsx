import { useQuery } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { jobLogQuery, type Job, type JobLogLine } from '@/lib/api/jobs';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

const COLOURS: Record<JobLogLine['level'], string> = {
  info: 'text-soft',
  warning: 'text-warn',
  error: 'text-bad',
};

const timeOf = (at: string) => new Date(at).toLocaleTimeString('en-GB');

const asText = (lines: readonly JobLogLine[]) =>
  lines.map((line) => `${line.at} ${line.level} ${line.text}`).join('\n');

async function copy(lines: readonly JobLogLine[]) {
  try {
    await navigator.clipboard.writeText(asText(lines));
    toast('The log is in the clipboard.', { tone: 'good' });
  } catch {
    toast('The browser does not allow that. Select the lines and copy them.', { tone: 'bad' });
  }
}

/** Keep the end in sight, unless somebody scrolled up to read. */
function useTail(count: number) {
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  useEffect(() => {
    if (atEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [atEnd, count]);
  const onScroll = () => {
    const at = box.current;
    if (at) setAtEnd(at.scrollTop + at.clientHeight > at.scrollHeight - 24);
  };
  return { box, onScroll };
}

function Lines({ lines }: { lines: readonly JobLogLine[] }) {
  const { box, onScroll } = useTail(lines.length);
  return (
    <div
      ref={box}
      onScroll={onScroll}
      role="log"
      aria-label="Log"
      // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard
      tabIndex={0}
      className="card max-h-96 overflow-y-auto p-4 font-mono text-xs leading-relaxed"
    >
      {lines.map((line, index) => (
        <p key={index} className={cx('flex gap-3 break-words', COLOURS[line.level])}>
          <time dateTime={line.at} className="shrink-0 text-faint tabular-nums">
            {timeOf(line.at)}
          </time>
          <span className="min-w-0">
            {line.level !== 'info' && <span className="font-semibold">{line.level}: </span>}
            {line.text}
          </span>
        </p>
      ))}
    </div>
  );
}

/** What the job did and met, as it goes on. */
export function JobLogSection({ job }: { job: Job }) {
  const log = useQuery(jobLogQuery(job.id));
  const lines = log.data?.lines ?? [];
  return (
    <Section
      title="Log"
      aside={
        lines.length > 0 && (
          <Button size="sm" icon={Copy} onClick={() => void copy(lines)}>
            Copy
          </Button>
        )
      }
    >
      {log.isPending && <ListSkeleton lines={2} />}
      {log.isLoadingError && (
        <ErrorState error={log.error} retry={() => void log.refetch()} className="py-8!" />
      )}
      {log.isSuccess && !lines.length && (
        <p className="card px-5 py-6 text-center text-sm text-faint">
          Nothing yet: the job has not begun.
        </p>
      )}
      {lines.length > 0 && <Lines lines={lines} />}
    </Section>
  );
}

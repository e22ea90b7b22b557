import { Check, X } from 'lucide-react';

import type { Job } from '@/lib/api/jobs';
import { stagesOf, type ShownStage } from '@/lib/job-phases';
import { cx } from '@/ui/cx';

const BARS: Record<ShownStage['state'], string> = {
  done: 'bg-glow/80',
  here: 'bg-gradient-to-r from-sheen to-glow',
  ahead: 'bg-white/12',
  failed: 'bg-bad',
};

const SAID: Record<ShownStage['state'], string> = {
  done: 'done',
  here: 'now',
  ahead: 'still to come',
  failed: 'failed here',
};

/** The stages of a download as a track; small, only its bars are drawn. */
export function PhaseTrack({ job, small }: { job: Job; small?: boolean }) {
  const stages = stagesOf(job);
  if (!stages.length) return null;
  return (
    <ol aria-label="Stages" className={cx('flex', small ? 'gap-1' : 'gap-1.5')}>
      {stages.map(({ label, state }) => (
        <li
          key={label}
          aria-current={state === 'here' ? 'step' : undefined}
          className="min-w-0 flex-1"
        >
          <span aria-hidden className={cx('block h-1 rounded-full', BARS[state])} />
          <span
            className={cx(
              small && 'sr-only',
              'mt-1.5 flex items-center gap-1 text-2xs sm:text-xs',
              state === 'here' && 'font-semibold text-glow',
              state === 'failed' && 'font-semibold text-bad',
              state === 'done' && 'text-soft',
              state === 'ahead' && 'text-faint',
            )}
          >
            <span className="truncate">{label}</span>
            {state === 'done' && <Check aria-hidden className="size-3 shrink-0 max-sm:hidden" />}
            {state === 'failed' && <X aria-hidden className="size-3 shrink-0" />}
            <span className="sr-only">: {SAID[state]}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

import type { ReactNode } from 'react';

import { cx } from '@/ui/cx';

/** A figure with its name, in a `dl`. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="mt-0.5 text-sm tabular-nums">{children}</dd>
    </div>
  );
}

/** A share, drawn small; the figure beside it says it in words. */
export function Meter({ share, full }: { share: number; full?: boolean }) {
  const part = Number.isFinite(share) ? Math.min(1, share) : 0;
  return (
    <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-white/15">
      <span
        className={cx('block h-full rounded-full', full ? 'bg-warn' : 'bg-glow-deep')}
        style={{ width: `${part * 100}%` }}
      />
    </span>
  );
}

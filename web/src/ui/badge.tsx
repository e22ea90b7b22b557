import type { ReactNode } from 'react';

import { cx } from './cx';

type Tone = 'plain' | 'glow' | 'good' | 'warn' | 'bad';

const TONES: Record<Tone, string> = {
  plain: 'border-line-strong text-soft',
  glow: 'border-glow/40 bg-glow/10 text-glow',
  good: 'border-good/40 bg-good/10 text-good',
  warn: 'border-warn/40 bg-warn/10 text-warn',
  bad: 'border-bad/40 bg-bad/10 text-bad',
};

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-full border px-2.5 py-0.5 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

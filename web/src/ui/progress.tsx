import { Progress as Radix } from 'radix-ui';

import { cx } from './cx';

interface ProgressProps {
  /** 0–1, or null while unknown. */
  share: number | null;
  label: string;
  thin?: boolean;
  className?: string;
}

export function Progress({ share, label, thin, className }: ProgressProps) {
  return (
    <Radix.Root
      value={share === null ? null : Math.round(share * 100)}
      aria-label={label}
      className={cx(
        'relative w-full overflow-hidden rounded-full bg-white/15',
        thin ? 'h-1' : 'h-2',
        className,
      )}
    >
      {share === null ? (
        <Radix.Indicator className="block h-full w-1/3 animate-drift rounded-full bg-gradient-to-r from-sheen to-glow" />
      ) : (
        <Radix.Indicator
          className="block h-full rounded-full bg-gradient-to-r from-sheen to-glow transition-[width] duration-500 ease-glass"
          style={{ width: `${Math.max(share * 100, share > 0 ? 1.5 : 0)}%` }}
        />
      )}
    </Radix.Root>
  );
}

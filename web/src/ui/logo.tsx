import { useId } from 'react';

import { cx } from './cx';

/** An eclipse: a dark disc with light around its edge. */
export function Mark({ className }: { className?: string }) {
  const id = useId();
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={cx('size-7', className)}>
      <defs>
        <linearGradient id={`${id}r`} x1="4" y1="28" x2="28" y2="4" gradientUnits="userSpaceOnUse">
          <stop stopColor="#b7a3ff" />
          <stop offset="0.55" stopColor="#7ff0dc" />
          <stop offset="1" stopColor="#eafffb" />
        </linearGradient>
        <radialGradient id={`${id}g`} cx="0.68" cy="0.3" r="0.75">
          <stop stopColor="#7ff0dc" stopOpacity="0.55" />
          <stop offset="1" stopColor="#7ff0dc" stopOpacity="0" />
        </radialGradient>
      </defs>
      <circle cx="16" cy="16" r="15" fill={`url(#${id}g)`} />
      <circle cx="16" cy="16" r="11" fill={`url(#${id}r)`} />
      <circle cx="14.2" cy="17.8" r="10.4" fill="#0a0b11" />
    </svg>
  );
}

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2', className)}>
      <Mark />
      <span className="font-display text-lg font-bold tracking-tight [font-stretch:112%]">
        Shadow
      </span>
    </span>
  );
}

import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';

import { cx } from './cx';
import { Tooltip } from './tooltip';

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon;
  /** Read out, and shown as the tooltip. */
  label: string;
  look?: 'glass' | 'quiet';
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({
  icon: Icon,
  label,
  look = 'quiet',
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={cx(
          'inline-grid size-11 shrink-0 place-items-center rounded-full transition duration-200 disabled:opacity-40',
          look === 'glass'
            ? 'glass text-ink hover:border-line-strong hover:bg-pane-strong'
            : 'text-soft hover:bg-pane-strong hover:text-ink',
          className,
        )}
      >
        <Icon aria-hidden className="size-5" />
      </button>
    </Tooltip>
  );
}

import { Link, type LinkProps } from '@tanstack/react-router';
import { LoaderCircle, Play, type LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

import { cx } from './cx';

type Look = 'primary' | 'glass' | 'quiet' | 'danger';
type Size = 'sm' | 'md' | 'lg';

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-full font-semibold whitespace-nowrap select-none transition duration-200 ease-glass active:scale-[0.98] disabled:opacity-50 disabled:active:scale-100';

const LOOKS: Record<Look, string> = {
  primary:
    'bg-gradient-to-b from-[#a9fbeb] to-[#5fe0cb] text-on-glow shadow-glow hover:brightness-110',
  glass: 'glass text-ink hover:border-line-strong hover:bg-pane-strong',
  quiet: 'text-soft hover:text-ink hover:bg-pane-strong',
  danger: 'bg-bad-deep text-white hover:brightness-110',
};

const SIZES: Record<Size, string> = {
  sm: 'h-9 px-4 text-sm',
  md: 'h-11 px-5 text-sm',
  lg: 'h-12 px-7 text-base',
};

/** The classes of a button, for elements that are not one. */
export const buttonClass = (look: Look = 'glass', size: Size = 'md', extra?: string) =>
  cx(BASE, LOOKS[look], SIZES[size], extra);

// The play sign is the one that is drawn full.
const iconClass = (icon: LucideIcon) => cx('size-[1.15em]', icon === Play && 'fill-current');

interface Face {
  look?: Look;
  size?: Size;
  icon?: LucideIcon;
  children?: ReactNode;
  className?: string;
}

interface ButtonProps extends Face, ButtonHTMLAttributes<HTMLButtonElement> {
  busy?: boolean;
}

export function Button({
  look,
  size,
  icon: Icon,
  busy,
  children,
  className,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={buttonClass(look, size, className)}
    >
      {busy ? (
        <LoaderCircle aria-hidden className="size-[1.15em] animate-spin" />
      ) : (
        Icon && <Icon aria-hidden className={iconClass(Icon)} />
      )}
      {children}
    </button>
  );
}

type ButtonLinkProps = Face & Pick<LinkProps, 'to' | 'params' | 'search' | 'replace'>;

export function ButtonLink({
  look,
  size,
  icon: Icon,
  children,
  className,
  ...to
}: ButtonLinkProps) {
  return (
    <Link {...to} className={buttonClass(look, size, className)}>
      {Icon && <Icon aria-hidden className={iconClass(Icon)} />}
      {children}
    </Link>
  );
}

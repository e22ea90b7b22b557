import { CloudOff, RotateCw, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { ApiError, messageOf } from '@/lib/api/client';

import { Button } from './button';
import { cx } from './cx';

interface StateProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** `h1` where it is all that the page holds. */
  heading?: 'h1' | 'h2';
  className?: string;
}

/** What a place shows when it holds nothing: why, and what to do about it. */
export function EmptyState(props: StateProps) {
  const { icon: Icon, title, children, action, heading: Heading = 'h2', className } = props;
  return (
    <div
      className={cx(
        'mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center',
        className,
      )}
    >
      <span className="glass mb-5 grid size-16 place-items-center rounded-xl text-glow">
        <Icon aria-hidden className="size-7" strokeWidth={1.6} />
      </span>
      <Heading className="text-xl">{title}</Heading>
      {children && <div className="mt-2 text-sm text-pretty text-soft">{children}</div>}
      {action && <div className="mt-6 flex flex-wrap justify-center gap-3">{action}</div>}
    </div>
  );
}

interface ErrorStateProps {
  error: unknown;
  retry?: () => void;
  title?: string;
  action?: ReactNode;
  /** `h1` where it is all that the page holds. */
  heading?: 'h1' | 'h2';
  className?: string;
}

export function ErrorState(props: ErrorStateProps) {
  const { error, retry, title, action, heading: Heading = 'h2', className } = props;
  const offline = error instanceof ApiError && error.offline;
  const Icon = offline ? CloudOff : TriangleAlert;
  return (
    <div
      role="alert"
      className={cx(
        'mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center',
        className,
      )}
    >
      <span className="glass mb-5 grid size-16 place-items-center rounded-xl text-warn">
        <Icon aria-hidden className="size-7" strokeWidth={1.6} />
      </span>
      <Heading className="text-xl">
        {title ?? (offline ? 'No connection' : 'That did not work')}
      </Heading>
      <p className="mt-2 text-sm text-pretty text-soft">{messageOf(error)}</p>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        {retry && (
          <Button icon={RotateCw} onClick={retry}>
            Try again
          </Button>
        )}
        {action}
      </div>
    </div>
  );
}

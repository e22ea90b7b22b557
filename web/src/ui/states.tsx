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
  className?: string;
}

/** What a place shows when it holds nothing: why, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, action, className }: StateProps) {
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
      <h2 className="text-xl">{title}</h2>
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
  className?: string;
}

export function ErrorState({ error, retry, title, action, className }: ErrorStateProps) {
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
      <h2 className="text-xl">{title ?? (offline ? 'No connection' : 'That did not work')}</h2>
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

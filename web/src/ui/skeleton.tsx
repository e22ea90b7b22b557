import { cx } from './cx';

/** A quiet stand-in for what is on its way. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('shimmer rounded-sm', className)} />;
}

/** Lines of a list on their way, named once for screen readers. */
export function ListSkeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div role="status" className={cx('space-y-3', className)}>
      <span className="sr-only">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} className="h-16 rounded-lg" />
      ))}
    </div>
  );
}

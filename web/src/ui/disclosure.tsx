import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';

/** A part that opens on demand. */
export function Disclosure({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: string;
  children: ReactNode;
}) {
  return (
    <details className="card group overflow-hidden">
      <summary className="flex min-h-14 list-none items-center gap-3 rounded-lg px-5 py-3 transition hover:bg-pane [&::-webkit-details-marker]:hidden">
        <span className="font-medium">{title}</span>
        {hint && <span className="min-w-0 flex-1 truncate text-sm text-faint">{hint}</span>}
        <ChevronDown
          aria-hidden
          className="ml-auto size-5 shrink-0 text-faint transition group-open:rotate-180"
        />
      </summary>
      <div className="border-t border-line px-5 py-4">{children}</div>
    </details>
  );
}

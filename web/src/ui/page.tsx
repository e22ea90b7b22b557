import type { ReactNode } from 'react';

import { useDocumentTitle } from '@/lib/hooks';

interface PageProps {
  title: ReactNode;
  /** Before the heading: the way back, say. */
  above?: ReactNode;
  aside?: ReactNode;
  note?: ReactNode;
  children: ReactNode;
}

/** A page with its heading, named in the title bar if that is plain text. */
export function Page({ title, above, aside, note, children }: PageProps) {
  return (
    <div className="gutter animate-fade pt-[calc(var(--header)+1.5rem)] pb-16">
      {typeof title === 'string' && <NameInTitleBar title={title} />}
      {above}
      <div className="mb-6 flex flex-wrap items-end gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1">
          <h1 className="text-2xl sm:text-3xl">{title}</h1>
          {note && <p className="mt-1 text-sm text-faint">{note}</p>}
        </div>
        {aside}
      </div>
      {children}
    </div>
  );
}

function NameInTitleBar({ title }: { title: string }) {
  useDocumentTitle(title);
  return null;
}

interface SectionProps {
  title: string;
  note?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}

/** A headed part of a settings page. */
export function Section({ title, note, aside, children }: SectionProps) {
  return (
    <section className="mb-10">
      <div className="mb-4 flex flex-wrap items-center gap-4">
        <div className="min-w-[min(100%,15rem)] flex-1">
          <h2 className="text-lg">{title}</h2>
          {note && <p className="mt-0.5 text-sm text-faint">{note}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}

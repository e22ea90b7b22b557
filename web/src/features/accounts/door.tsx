import type { ReactNode } from 'react';

import { Mark } from '@/ui/logo';

/** The frame of the pages before signing in: an eclipse, and a pane of glass before it. */
export function Door({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="relative grid min-h-dvh place-items-center overflow-hidden px-4 py-10"
    >
      <div className="ambient" />
      <div aria-hidden className="eclipse" />
      <div className="relative w-full max-w-sm animate-rise">
        <div className="mb-8 flex flex-col items-center text-center">
          <Mark className="size-14" />
          <p className="mt-3 font-display text-lg font-bold tracking-tight [font-stretch:112%]">
            Shadow
          </p>
        </div>
        <div className="glass-high rounded-xl p-6 sm:p-8">
          <h1 className="text-2xl">{title}</h1>
          {note && <p className="mt-1.5 text-sm text-pretty text-soft">{note}</p>}
          <div className="mt-6">{children}</div>
        </div>
      </div>
    </main>
  );
}

/** A refused form, said once. */
export function FormError({ text }: { text: string | null }) {
  return (
    <p role="alert" className="text-sm text-bad empty:hidden">
      {text}
    </p>
  );
}

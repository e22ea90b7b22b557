import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

import { useOpener } from '@/ui/use-opener';

import { usePlayback } from '../engine/context';
import { openPanel } from './store';

/** A panel at the side of the picture, from below on phones; what plays stays in sight. */
export function SidePanel({ title, children }: { title: string; children: ReactNode }) {
  const { root } = usePlayback();
  const opener = useOpener();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && openPanel(null)}>
      <Dialog.Portal container={root}>
        <Dialog.Overlay className="absolute inset-0 z-30" />
        <Dialog.Content
          {...opener}
          onOpenAutoFocus={(event) => {
            opener.onOpenAutoFocus();
            // On the panel as a whole: a lone button would be shown with its tooltip.
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          aria-describedby={undefined}
          className="glass-high absolute inset-x-0 bottom-0 z-30 flex max-h-[62%] animate-pop flex-col rounded-t-xl outline-none sm:inset-x-auto sm:top-4 sm:right-4 sm:bottom-auto sm:max-h-[calc(100%-2rem)] sm:w-96 sm:rounded-xl"
        >
          <Dialog.Title className="px-5 pt-5 pr-16 pb-3 text-lg">{title}</Dialog.Title>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-[max(1.25rem,env(safe-area-inset-bottom))]">
            {children}
          </div>
          <Dialog.Close
            aria-label="Close"
            className="absolute top-3 right-3 grid size-11 place-items-center rounded-full text-soft transition hover:bg-pane-strong hover:text-ink"
          >
            <X aria-hidden className="size-5" />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';

import { useOpener } from '@/ui/use-opener';

import { HELP } from './keymap';

interface HelpOverlayProps {
  open: boolean;
  root: HTMLElement | null;
  onClose: () => void;
}

export function HelpOverlay({ open, root, onClose }: HelpOverlayProps) {
  const opener = useOpener();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal container={root}>
        <Dialog.Overlay className="absolute inset-0 z-30 animate-fade bg-black/60" />
        <Dialog.Content
          {...opener}
          aria-describedby={undefined}
          onKeyDown={(event) => event.key === '?' && onClose()}
          className="glass-high absolute top-1/2 left-1/2 z-30 max-h-[90%] w-[min(92%,34rem)] -translate-1/2 animate-pop overflow-y-auto rounded-xl p-6"
        >
          <Dialog.Title className="text-xl">Keyboard</Dialog.Title>
          <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-6 gap-y-2.5 text-sm sm:grid-cols-[auto_1fr_auto_1fr]">
            {HELP.map(([keys, meaning]) => (
              <div key={keys} className="contents">
                <dt>
                  <kbd className="rounded-xs border border-line-strong bg-pane-strong px-2 py-0.5 font-sans text-xs whitespace-nowrap">
                    {keys}
                  </kbd>
                </dt>
                <dd className="text-soft">{meaning}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close
            aria-label="Close"
            className="absolute top-4 right-4 grid size-10 place-items-center rounded-full text-soft hover:bg-pane-strong hover:text-ink"
          >
            <X aria-hidden className="size-5" />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

import { useOpener } from '@/ui/use-opener';

interface PlayerDialogProps {
  title: string;
  /** The key that opened it closes it too. */
  hotkey?: string;
  open: boolean;
  root: HTMLElement | null;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog inside the element that may be full screen. */
export function PlayerDialog(props: PlayerDialogProps) {
  const { title, hotkey, open, root, onClose, children } = props;
  const opener = useOpener();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal container={root}>
        <Dialog.Overlay className="absolute inset-0 z-30 animate-fade bg-black/60" />
        <Dialog.Content
          {...opener}
          aria-describedby={undefined}
          onKeyDown={(event) => event.key === hotkey && onClose()}
          className="glass-high absolute top-1/2 left-1/2 z-30 max-h-[90%] w-[min(92%,34rem)] -translate-1/2 animate-pop overflow-y-auto rounded-xl p-6"
        >
          <Dialog.Title className="pr-10 text-xl">{title}</Dialog.Title>
          {children}
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

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

import { Button } from './button';
import { cx } from './cx';
import { useOpener } from './use-opener';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  wide?: boolean;
  children: ReactNode;
  footer?: ReactNode;
}

/** A modal sheet: centred, and from the bottom edge on phones. */
export function Dialog({ open, onClose, title, description, wide, children, footer }: DialogProps) {
  const opener = useOpener();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-void/70 backdrop-blur-sm" />
        <Radix.Content
          {...opener}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cx(
            'glass-high fixed z-40 flex max-h-[92dvh] animate-pop flex-col overflow-hidden',
            'inset-x-0 bottom-0 rounded-t-xl sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[min(92vw,var(--wide))] sm:-translate-1/2 sm:rounded-xl',
            wide ? 'sm:[--wide:44rem]' : 'sm:[--wide:30rem]',
          )}
        >
          <header className="px-6 pt-6 pr-16 pb-4">
            <div>
              <Radix.Title className="text-xl">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-sm text-soft">
                  {description}
                </Radix.Description>
              )}
            </div>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-6 pb-6">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-3 border-t border-line px-6 py-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
              {footer}
            </footer>
          )}
          {/* Last, so that the keyboard starts in the content. */}
          <Radix.Close
            aria-label="Close"
            className="absolute top-4 right-4 grid size-10 shrink-0 place-items-center rounded-full text-soft transition hover:bg-pane-strong hover:text-ink"
          >
            <X aria-hidden className="size-5" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  verb: string;
  busy?: boolean;
  children: ReactNode;
}

/** Ask before something that cannot be undone by a click. */
export function Confirm({ open, onClose, onConfirm, title, verb, busy, children }: ConfirmProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="danger" busy={busy} onClick={onConfirm}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="text-sm text-soft">{children}</div>
    </Dialog>
  );
}

import { CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';

import { cx } from './cx';
import { dismissToast, useToasts, type ToastItem } from './toast-store';

const ICONS = { plain: Info, good: CircleCheck, bad: TriangleAlert };
const COLOURS = { plain: 'text-glow', good: 'text-good', bad: 'text-bad' };

function Note({ item }: { item: ToastItem }) {
  const Icon = ICONS[item.tone];
  return (
    <Radix.Root
      duration={item.stays}
      type={item.tone === 'bad' ? 'foreground' : 'background'}
      onOpenChange={(open) => !open && dismissToast(item.id)}
      className="glass-high flex animate-rise items-center gap-3 rounded-lg py-2 pr-2 pl-4 data-[swipe=move]:translate-x-[var(--radix-toast-swipe-move-x)]"
    >
      <Icon aria-hidden className={cx('size-5 shrink-0', COLOURS[item.tone])} />
      <Radix.Description className="min-w-0 flex-1 py-1.5 text-sm">{item.text}</Radix.Description>
      {item.action && (
        <Radix.Action
          altText={item.action.label}
          onClick={item.action.run}
          className="rounded-full px-3 py-1.5 text-sm font-semibold text-glow transition hover:bg-pane-strong"
        >
          {item.action.label}
        </Radix.Action>
      )}
      <Radix.Close
        aria-label="Dismiss"
        className="grid size-9 place-items-center rounded-full text-faint transition hover:bg-pane-strong hover:text-ink"
      >
        <X aria-hidden className="size-4" />
      </Radix.Close>
    </Radix.Root>
  );
}

export function Toaster() {
  const toasts = useToasts();
  return (
    <Radix.Provider swipeDirection="right" label="Notification">
      {toasts.map((item) => (
        <Note key={item.id} item={item} />
      ))}
      <Radix.Viewport className="fixed right-0 bottom-[var(--tabs)] z-50 flex w-full flex-col gap-2 p-4 outline-none sm:w-[26rem]" />
    </Radix.Provider>
  );
}

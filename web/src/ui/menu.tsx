import { Check, type LucideIcon } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

import { cx } from './cx';

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  side?: 'top' | 'bottom';
  align?: 'start' | 'end';
  /** Where the menu is drawn; needed inside a full-screen element. */
  container?: HTMLElement | null;
  onOpenChange?: (open: boolean) => void;
}

/** The look of an entry, for menus with entries of their own kind. */
export const MENU_ITEM =
  'flex cursor-default items-center gap-3 rounded-sm px-3 py-2.5 text-sm outline-none select-none data-[highlighted]:bg-pane-strong data-[disabled]:opacity-40';

export function Menu({
  trigger,
  children,
  side,
  align = 'end',
  container,
  onOpenChange,
}: MenuProps) {
  return (
    <Radix.Root modal={false} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={container}>
        <Radix.Content
          side={side}
          align={align}
          sideOffset={8}
          collisionPadding={12}
          className="glass-high z-50 max-h-[min(60dvh,var(--radix-dropdown-menu-content-available-height))] min-w-56 animate-pop overflow-y-auto rounded-md p-1.5"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  icon?: LucideIcon;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon: Icon, danger, disabled, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item
      disabled={disabled}
      // Once the menu has closed and given the focus back: a dialog then returns it to the button.
      onSelect={() => setTimeout(() => setTimeout(onSelect))}
      className={cx(MENU_ITEM, danger ? 'text-bad' : 'text-ink')}
    >
      {Icon && <Icon aria-hidden className={cx('size-4', !danger && 'text-faint')} />}
      {children}
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="eyebrow px-3 pt-2.5 pb-1.5">{children}</Radix.Label>;
}

export const MenuSeparator = () => <Radix.Separator className="mx-2 my-1.5 h-px bg-line" />;

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string; hint?: string }[];
  onChange: (value: T) => void;
}

/** One of several, marked with a tick. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: MenuChoiceProps<T>) {
  return (
    <Radix.RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as T)}
    >
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={MENU_ITEM}>
          <span className="grid size-4 place-items-center">
            <Radix.ItemIndicator>
              <Check aria-hidden className="size-4 text-glow" />
            </Radix.ItemIndicator>
          </span>
          <span className="flex-1">{option.label}</span>
          {option.hint && <span className="text-xs text-faint">{option.hint}</span>}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

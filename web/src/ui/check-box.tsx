import { Check, Minus } from 'lucide-react';
import { Checkbox as Radix } from 'radix-ui';

import { cx } from './cx';

interface CheckBoxProps {
  /** Read out. */
  label: string;
  checked: boolean | 'indeterminate';
  disabled?: boolean;
  onChange: (checked: boolean) => void;
  className?: string;
}

/** A box to tick, as large as a finger, that is named but shows no label of its own. */
export function CheckBox({ label, checked, disabled, onChange, className }: CheckBoxProps) {
  const Mark = checked === 'indeterminate' ? Minus : Check;
  return (
    <Radix.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={(next) => onChange(next === true)}
      className={cx(
        'group grid size-11 shrink-0 place-items-center rounded-sm -outline-offset-6 disabled:opacity-40',
        className,
      )}
    >
      <span className="grid size-5 place-items-center rounded-xs border border-line-strong bg-void/50 text-on-glow transition group-hover:border-soft group-data-[state=checked]:border-glow group-data-[state=checked]:bg-glow group-data-[state=indeterminate]:border-glow group-data-[state=indeterminate]:bg-glow">
        <Radix.Indicator>
          <Mark aria-hidden className="size-4" strokeWidth={3} />
        </Radix.Indicator>
      </span>
    </Radix.Root>
  );
}

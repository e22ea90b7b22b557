import { useId, type ReactNode } from 'react';

import { cx } from '@/ui/cx';

interface SliderProps {
  label: string;
  value: number;
  bounds: { least: number; most: number; step: number };
  onChange: (value: number) => void;
}

export function Slider({ label, value, bounds, onChange }: SliderProps) {
  const id = useId();
  return (
    <div>
      <div className="flex justify-between text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <output htmlFor={id} className="text-soft tabular-nums">
          {value} %
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={bounds.least}
        max={bounds.most}
        step={bounds.step}
        value={value}
        aria-valuetext={`${value} percent`}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-9 w-full accent-glow"
      />
    </div>
  );
}

interface ChoicesProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChange: (value: T) => void;
  /** What stands in the button; the label is read out then. */
  face?: (value: T) => ReactNode;
}

/** A few things of which one is chosen, side by side. */
export function Choices<T extends string>(props: ChoicesProps<T>) {
  const { label, value, options, onChange, face } = props;
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            title={face ? option.label : undefined}
            className={cx(
              'grid h-11 cursor-pointer place-items-center rounded-full border transition hover:border-line-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-glow',
              face ? 'w-11' : 'flex-1 px-4 text-sm',
              option.value === value ? 'border-glow bg-pane-strong' : 'border-line',
            )}
          >
            <input
              type="radio"
              className="sr-only"
              name={name}
              checked={option.value === value}
              aria-label={face ? option.label : undefined}
              onChange={() => onChange(option.value)}
            />
            {face ? face(option.value) : option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

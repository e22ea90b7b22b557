import { ChevronDown, Eye, EyeOff } from 'lucide-react';
import {
  useId,
  useState,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react';

import { cx } from './cx';

const CONTROL =
  'w-full rounded-sm border border-line bg-void/50 px-3.5 text-base text-ink placeholder:text-faint transition hover:border-line-strong focus-visible:outline-offset-0 focus-visible:border-glow aria-[invalid=true]:border-bad disabled:opacity-60 sm:text-sm';

interface FrameProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  mark?: ReactNode;
  className?: string;
}

interface Described {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
}

function Frame(props: FrameProps & { children: (described: Described) => ReactNode }) {
  const id = useId();
  const note = props.error ?? props.hint;
  return (
    <div className={cx('relative', props.className)}>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium text-soft">
        {props.label}
      </label>
      {props.children({
        id,
        'aria-describedby': note ? `${id}-note` : undefined,
        'aria-invalid': props.error ? true : undefined,
      })}
      {/* After the control in the order of Tab, though it is drawn beside the label. */}
      {props.mark && <span className="absolute -top-0.5 right-0.5">{props.mark}</span>}
      {note && (
        <p
          id={`${id}-note`}
          role={props.error ? 'alert' : undefined}
          className={cx('mt-1.5 text-xs', props.error ? 'text-bad' : 'text-faint')}
        >
          {note}
        </p>
      )}
    </div>
  );
}

export function Field({
  label,
  hint,
  error,
  mark,
  className,
  ...input
}: FrameProps & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Frame {...{ label, hint, error, mark, className }}>
      {(described) => <input {...described} {...input} className={cx(CONTROL, 'h-11')} />}
    </Frame>
  );
}

/** A password that can be looked at while it is typed. */
export function PasswordField({
  label,
  hint,
  error,
  className,
  ...input
}: FrameProps & InputHTMLAttributes<HTMLInputElement>) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Frame {...{ label, hint, error, className }}>
      {(described) => (
        <div className="relative">
          <input
            {...described}
            {...input}
            type={shown ? 'text' : 'password'}
            className={cx(CONTROL, 'h-11 pr-12')}
          />
          <button
            type="button"
            aria-label={shown ? 'Hide password' : 'Show password'}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-sm text-faint hover:text-ink"
          >
            <Icon aria-hidden className="size-4.5" />
          </button>
        </div>
      )}
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  mark,
  className,
  ...input
}: FrameProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Frame {...{ label, hint, error, mark, className }}>
      {(described) => <textarea {...described} {...input} className={cx(CONTROL, 'py-2.5')} />}
    </Frame>
  );
}

export function Select({
  label,
  hint,
  error,
  mark,
  className,
  children,
  ...select
}: FrameProps & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame {...{ label, hint, error, mark, className }}>
      {(described) => (
        <SelectBox {...described} {...select}>
          {children}
        </SelectBox>
      )}
    </Frame>
  );
}

/** A bare native select in the system's dress; give it an `aria-label`. */
export function SelectBox({ className, ...select }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <div className={cx('relative', className)}>
      <select
        {...select}
        className={cx(CONTROL, 'h-11 appearance-none pr-10 [&>option]:bg-raised')}
      />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-faint"
      />
    </div>
  );
}

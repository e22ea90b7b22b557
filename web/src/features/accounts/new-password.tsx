import { passwordStrength } from '@/lib/password-strength';
import { cx } from '@/ui/cx';
import { PasswordField } from '@/ui/field';

const COLOURS = ['bg-bad', 'bg-bad', 'bg-warn', 'bg-good', 'bg-glow'];

interface NewPasswordProps {
  label: string;
  value: string;
  error?: string;
  onChange: (value: string) => void;
}

/** A password being chosen, with a hint of how strong it is. */
export function NewPassword({ label, value, error, onChange }: NewPasswordProps) {
  const { score, hint } = passwordStrength(value);
  return (
    <div>
      <PasswordField
        label={label}
        name="new-password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={1024}
        value={value}
        error={error}
        hint={<span aria-live="polite">{hint}</span>}
        onChange={(event) => onChange(event.target.value)}
      />
      <div aria-hidden className="mt-2 flex gap-1.5">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={cx(
              'h-1 flex-1 rounded-full transition',
              value && score >= step ? COLOURS[score] : 'bg-pane-strong',
            )}
          />
        ))}
      </div>
    </div>
  );
}

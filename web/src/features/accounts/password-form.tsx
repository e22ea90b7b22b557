import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { changePassword } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { Button } from '@/ui/button';
import { PasswordField } from '@/ui/field';
import { toast } from '@/ui/toast-store';

import { FormError } from './door';
import { NewPassword } from './new-password';

export function PasswordForm({ username }: { username: string }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => changePassword({ current, new: next }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      void client.invalidateQueries({ queryKey: ['sessions'] });
      toast('Password changed.', { tone: 'good' });
    },
  });
  return (
    <form
      className="card max-w-xl space-y-4 p-5"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      {/* Tells password stores whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordField
        label="Current password"
        name="current-password"
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <NewPassword label="New password" value={next} onChange={setNext} />
      <FormError text={change.isError ? messageOf(change.error) : null} />
      <Button
        type="submit"
        look="primary"
        busy={change.isPending}
        disabled={!current || next.length < 8}
      >
        Change password
      </Button>
    </form>
  );
}

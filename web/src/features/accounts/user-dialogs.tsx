import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { createUser, editUser } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { Role, User } from '@/lib/api/types';
import { ROLES } from '@/lib/roles';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Select } from '@/ui/field';
import { toast } from '@/ui/toast-store';

import { FormError } from './door';
import { NewPassword } from './new-password';

function Footer({
  form,
  verb,
  busy,
  onClose,
}: {
  form: string;
  verb: string;
  busy: boolean;
  onClose: () => void;
}) {
  return (
    <>
      <Button look="quiet" onClick={onClose}>
        Cancel
      </Button>
      <Button look="primary" type="submit" form={form} busy={busy}>
        {verb}
      </Button>
    </>
  );
}

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('free');
  const create = useMutation({
    mutationFn: () => createUser({ username: username.trim(), password, role }),
    onSuccess: (user) => {
      void client.invalidateQueries({ queryKey: ['users'] });
      toast(`${user.username} can sign in now.`, { tone: 'good' });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New user"
      footer={<Footer form="new-user" verb="Create" busy={create.isPending} onClose={onClose} />}
    >
      <form id="new-user" className="space-y-4" onSubmit={submit}>
        <Field
          label="Name"
          autoComplete="off"
          autoCapitalize="none"
          required
          maxLength={64}
          pattern="[\w.@+\-]+"
          title="Letters, digits and . @ + - _"
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <NewPassword label="Password" value={password} onChange={setPassword} />
        <Select
          label="Role"
          value={role}
          hint={ROLES.find((one) => one.value === role)?.hint}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {ROLES.filter((one) => one.value !== 'banned').map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </Select>
        <FormError text={create.isError ? messageOf(create.error) : null} />
      </form>
    </Dialog>
  );
}

export function ResetPasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const [password, setPassword] = useState('');
  const change = useMutation({
    mutationFn: () => editUser(user.id, { password }),
    onSuccess: () => {
      toast(`${user.username} has a new password.`, { tone: 'good' });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`New password for ${user.username}`}
      footer={
        <Footer
          form="reset-password"
          verb="Set password"
          busy={change.isPending}
          onClose={onClose}
        />
      }
    >
      <form id="reset-password" className="space-y-4" onSubmit={submit}>
        <NewPassword label="Password" value={password} onChange={setPassword} />
        <FormError text={change.isError ? messageOf(change.error) : null} />
      </form>
    </Dialog>
  );
}

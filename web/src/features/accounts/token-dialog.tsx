import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { createToken } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { Scope } from '@/lib/api/types';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Select } from '@/ui/field';
import { Switch } from '@/ui/switch';

import { FormError } from './door';
import { SecretDialog } from './secret-dialog';

const SCOPES: { value: Scope; label: string; hint: string }[] = [
  { value: 'read', label: 'Read', hint: 'Browse and search the library' },
  { value: 'stream', label: 'Stream', hint: 'Play and download files' },
  { value: 'write', label: 'Write', hint: 'Progress, edits, matches' },
  { value: 'admin', label: 'Admin', hint: 'Folders, users, jobs' },
];

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['read', 'stream']);
  const make = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        scopes: scopes.length === SCOPES.length ? null : scopes,
        expires_in_days: days ? Number(days) : null,
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (make.data) {
    return (
      <SecretDialog
        title="Your new token"
        note="Copy it now. It is shown this once; the server keeps only its hash."
        label="Token"
        secret={make.data.token}
        onClose={onClose}
      />
    );
  }

  const toggle = (scope: Scope, on: boolean) =>
    setScopes(
      SCOPES.map(({ value }) => value).filter((one) => (one === scope ? on : scopes.includes(one))),
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title="New token"
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            type="submit"
            form="new-token"
            busy={make.isPending}
            disabled={!name.trim() || !scopes.length}
          >
            Make token
          </Button>
        </>
      }
    >
      <form
        id="new-token"
        className="space-y-5"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Field
          label="Name"
          hint="What uses it: “Kodi in the living room”."
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset className="space-y-3">
          <legend className="mb-2 text-sm font-medium text-soft">It may</legend>
          {SCOPES.map((scope) => (
            <Switch
              key={scope.value}
              label={scope.label}
              hint={scope.hint}
              checked={scopes.includes(scope.value)}
              onChange={(on) => toggle(scope.value, on)}
            />
          ))}
        </fieldset>
        <Select label="Ends after" value={days} onChange={(event) => setDays(event.target.value)}>
          <option value="">Never</option>
          <option value="30">30 days</option>
          <option value="90">90 days</option>
          <option value="365">A year</option>
        </Select>
        <FormError text={make.isError ? messageOf(make.error) : null} />
      </form>
    </Dialog>
  );
}

import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { login, loginAsGuest, welcomeQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { useDocumentTitle } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Field, PasswordField } from '@/ui/field';

import { Door, FormError } from './door';
import { useArrive } from './use-arrive';

const route = getRouteApi('/login');

function FirstStart() {
  return (
    <Door
      title="One step left"
      note="This server has no admin yet. Open the one-time link that it printed when it started: it makes the first account."
    >
      <p className="rounded-md border border-line bg-void/60 p-3 font-mono text-xs break-all text-soft">
        {location.origin}/auth?token=…
      </p>
      <p className="mt-4 text-sm text-faint">
        No link in sight? Restart the server: it prints a new one.
      </p>
    </Door>
  );
}

export function LoginPage() {
  useDocumentTitle('Sign in');
  const { next } = route.useSearch();
  const arrive = useArrive();
  const welcome = useQuery(welcomeQuery);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: (as: 'user' | 'guest') =>
      as === 'guest' ? loginAsGuest() : login(name.trim(), password),
    onSuccess: (me) => arrive(me, next),
  });

  if (welcome.data?.needs_admin) return <FirstStart />;
  return (
    <Door title="Sign in" note="Your films and series, on your own server.">
      <form
        className="space-y-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          enter.mutate('user');
        }}
      >
        <Field
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          maxLength={1024}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError text={enter.isError ? messageOf(enter.error) : null} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          className="w-full"
          busy={enter.isPending && enter.variables === 'user'}
        >
          Sign in
        </Button>
        {welcome.data?.guests_allowed && (
          <Button
            look="quiet"
            className="w-full"
            busy={enter.isPending && enter.variables === 'guest'}
            onClick={() => enter.mutate('guest')}
          >
            Look around as a guest
          </Button>
        )}
      </form>
    </Door>
  );
}

import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';
import { useState, type FormEvent } from 'react';

import { claimLink, linkQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { useDocumentTitle } from '@/lib/hooks';
import { Button, ButtonLink } from '@/ui/button';
import { Field } from '@/ui/field';
import { Skeleton } from '@/ui/skeleton';

import { Door, FormError } from './door';
import { NewPassword } from './new-password';
import { useArrive } from './use-arrive';

const route = getRouteApi('/auth');

function useClaim(token: string) {
  const arrive = useArrive();
  return useMutation({
    mutationFn: (who: { username?: string; password?: string }) => claimLink({ token, ...who }),
    onSuccess: (me) => arrive(me),
  });
}

function FirstAdmin({ token }: { token: string }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const claim = useClaim(token);
  return (
    <Door title="Welcome" note="Make the first account. It may do everything on this server.">
      <form
        className="space-y-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          claim.mutate({ username: name.trim(), password });
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
          pattern="[\w.@+\-]+"
          title="Letters, digits and . @ + - _"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <NewPassword label="Password" value={password} onChange={setPassword} />
        <FormError text={claim.isError ? messageOf(claim.error) : null} />
        <Button type="submit" look="primary" size="lg" className="w-full" busy={claim.isPending}>
          Make the account
        </Button>
      </form>
    </Door>
  );
}

// A button, not at once: programs that look at links ahead of people must not use them up.
function MagicLink({ token }: { token: string }) {
  const claim = useClaim(token);
  return (
    <Door title="Sign in" note="This link signs you in on this device, once.">
      <div className="space-y-4">
        <FormError text={claim.isError ? messageOf(claim.error) : null} />
        <Button
          look="primary"
          size="lg"
          icon={ArrowRight}
          className="w-full"
          busy={claim.isPending}
          onClick={() => claim.mutate({})}
        >
          Continue
        </Button>
      </div>
    </Door>
  );
}

function Spent() {
  return (
    <Door
      title="This link is spent"
      note="It was used already, is too old, or was cut off when it was copied."
    >
      <ButtonLink to="/login" look="primary" size="lg" className="w-full">
        Sign in instead
      </ButtonLink>
    </Door>
  );
}

export function LinkPage() {
  useDocumentTitle('Welcome');
  const { token = '' } = route.useSearch();
  const link = useQuery({ ...linkQuery(token), enabled: token !== '' });
  if (!token) return <Spent />;
  if (link.isPending) {
    return (
      <Door title="One moment">
        <Skeleton className="h-12" />
      </Door>
    );
  }
  if (link.isLoadingError) {
    return (
      <Door title="That did not work" note={messageOf(link.error)}>
        <Button look="primary" className="w-full" onClick={() => void link.refetch()}>
          Try again
        </Button>
      </Door>
    );
  }
  if (!link.data.valid) return <Spent />;
  return link.data.purpose === 'first_admin' ? (
    <FirstAdmin token={token} />
  ) : (
    <MagicLink token={token} />
  );
}

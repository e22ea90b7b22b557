import { useQuery } from '@tanstack/react-query';

import { meQuery } from '@/lib/api/accounts';
import { useDocumentTitle } from '@/lib/hooks';
import { atLeast, ROLES } from '@/lib/roles';
import { Badge } from '@/ui/badge';
import { Section } from '@/ui/page';

import { PasswordForm } from './password-form';
import { Sessions } from './sessions';
import { Tokens } from './tokens';

export function AccountPage() {
  useDocumentTitle('Account');
  const { data: me } = useQuery(meQuery);
  const role = ROLES.find((one) => one.value === me?.role);
  const own = atLeast(me?.role, 'free');
  return (
    <>
      <div className="card mb-10 flex items-center gap-4 p-5">
        <span
          aria-hidden
          className="grid size-14 place-items-center rounded-full border border-line-strong bg-gradient-to-br from-sheen/40 to-glow/30 font-display text-xl font-bold uppercase"
        >
          {me?.username.slice(0, 1)}
        </span>
        <div className="min-w-0 flex-1">
          <p className="truncate text-lg font-semibold">{me?.username}</p>
          <p className="text-sm text-faint">{role?.hint}</p>
        </div>
        <Badge tone="glow">{role?.label}</Badge>
      </div>
      {own && (
        <Section title="Password" note="Changing it signs out your other devices.">
          <PasswordForm username={me?.username ?? ''} />
        </Section>
      )}
      {own && <Sessions />}
      {own && <Tokens />}
      {!own && (
        <p className="text-sm text-soft">
          Guests have no password, devices or tokens. Ask the admin for an account of your own.
        </p>
      )}
    </>
  );
}

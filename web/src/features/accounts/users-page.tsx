import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { EllipsisVertical, KeyRound, Link2, Trash2, UserPlus } from 'lucide-react';
import { useState } from 'react';

import { createLoginLink, deleteUser, editUser, meQuery, usersQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import type { Role, User } from '@/lib/api/types';
import { ago, plural } from '@/lib/format';
import { useDocumentTitle } from '@/lib/hooks';
import { ROLES } from '@/lib/roles';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { SelectBox } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { ErrorState } from '@/ui/states';
import { toast } from '@/ui/toast-store';

import { SecretDialog } from './secret-dialog';
import { NewUserDialog, ResetPasswordDialog } from './user-dialogs';

function useUserChange() {
  const client = useQueryClient();
  return {
    onSuccess: () => void client.invalidateQueries({ queryKey: ['users'] }),
    onError: (error: unknown) => {
      toast(messageOf(error), { tone: 'bad' });
      void client.invalidateQueries({ queryKey: ['users'] });
    },
  };
}

function UserLine({ user, isMe }: { user: User; isMe: boolean }) {
  const [open, setOpen] = useState<'password' | 'delete' | null>(null);
  const change = useMutation({
    mutationFn: (role: Role) => editUser(user.id, { role }),
    ...useUserChange(),
  });
  const link = useMutation({
    mutationFn: () => createLoginLink(user.id),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  const remove = useMutation({ mutationFn: () => deleteUser(user.id), ...useUserChange() });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
      <div className="min-w-44 flex-1">
        <p className="flex items-center gap-2 truncate text-sm font-medium">
          {user.username}
          {isMe && <Badge tone="good">You</Badge>}
        </p>
        <p className="text-xs text-faint">
          {user.last_seen_at ? `Last seen ${ago(user.last_seen_at)}` : 'Never signed in'}
        </p>
      </div>
      <SelectBox
        aria-label={`Role of ${user.username}`}
        className="w-36"
        value={change.isPending ? change.variables : user.role}
        disabled={isMe || change.isPending}
        onChange={(event) => change.mutate(event.target.value as Role)}
      >
        {ROLES.map((role) => (
          <option key={role.value} value={role.value}>
            {role.label}
          </option>
        ))}
      </SelectBox>
      <Menu trigger={<IconButton icon={EllipsisVertical} label={`More for ${user.username}`} />}>
        <MenuItem icon={KeyRound} onSelect={() => setOpen('password')}>
          Set a new password
        </MenuItem>
        <MenuItem icon={Link2} onSelect={() => link.mutate()}>
          Make a sign-in link
        </MenuItem>
        <MenuItem icon={Trash2} danger disabled={isMe} onSelect={() => setOpen('delete')}>
          Delete
        </MenuItem>
      </Menu>
      {open === 'password' && <ResetPasswordDialog user={user} onClose={() => setOpen(null)} />}
      {link.data && (
        <SecretDialog
          title={`Sign-in link for ${user.username}`}
          note="Send it to them. It works once, and not for long."
          label="Link"
          secret={location.origin + link.data.path}
          onClose={() => link.reset()}
        />
      )}
      <Confirm
        open={open === 'delete'}
        onClose={() => setOpen(null)}
        onConfirm={() => {
          remove.mutate();
          setOpen(null);
        }}
        title={`Delete ${user.username}?`}
        verb="Delete"
      >
        Their progress, devices and tokens go with them. This cannot be undone.
      </Confirm>
    </li>
  );
}

export function UsersPage() {
  useDocumentTitle('Users');
  const { data: me } = useQuery(meQuery);
  const users = useQuery(usersQuery);
  const [adding, setAdding] = useState(false);
  return (
    <Section
      title="Users"
      note={users.data ? plural(users.data.items.length, 'person', 'people') : undefined}
      aside={
        <Button size="sm" icon={UserPlus} onClick={() => setAdding(true)}>
          New user
        </Button>
      }
    >
      {users.isPending && <ListSkeleton />}
      {users.isLoadingError && (
        <ErrorState error={users.error} retry={() => void users.refetch()} />
      )}
      {users.data && (
        <ul className="card divide-y divide-line">
          {users.data.items.map((user) => (
            <UserLine key={user.id} user={user} isMe={user.id === me?.id} />
          ))}
        </ul>
      )}
      {adding && <NewUserDialog onClose={() => setAdding(false)} />}
    </Section>
  );
}

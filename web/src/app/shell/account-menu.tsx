import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  FolderCog,
  Inbox,
  LayoutList,
  ListChecks,
  LogOut,
  ShieldCheck,
  UserRound,
  UsersRound,
} from 'lucide-react';

import { logout, meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { atLeast } from '@/lib/roles';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

export function AccountMenu() {
  const { data: me } = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await logout();
    } catch (error) {
      toast(messageOf(error), { tone: 'bad' });
      return;
    }
    client.clear();
    await navigate({ to: '/login' });
  };
  const name = me?.username ?? '';
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Account: ${name}`}
          className="grid size-10 shrink-0 place-items-center rounded-full border border-line-strong bg-gradient-to-br from-sheen/40 to-glow/30 text-sm font-semibold text-ink uppercase transition hover:brightness-125"
        >
          {name.slice(0, 1)}
        </button>
      }
    >
      <MenuLabel>{name}</MenuLabel>
      <MenuItem icon={UserRound} onSelect={() => void navigate({ to: '/settings/account' })}>
        Account
      </MenuItem>
      {atLeast(me?.role, 'moderator') && (
        <>
          <MenuItem icon={FolderCog} onSelect={() => void navigate({ to: '/settings/library' })}>
            Library
          </MenuItem>
          <MenuItem icon={ListChecks} onSelect={() => void navigate({ to: '/settings/review' })}>
            Review
          </MenuItem>
          <MenuItem
            icon={ShieldCheck}
            onSelect={() => void navigate({ to: '/settings/moderation' })}
          >
            Moderation
          </MenuItem>
        </>
      )}
      {atLeast(me?.role, 'free') && (
        <MenuItem icon={LayoutList} onSelect={() => void navigate({ to: '/settings/jobs' })}>
          Jobs
        </MenuItem>
      )}
      {atLeast(me?.role, 'free') && !atLeast(me?.role, 'moderator') && (
        <MenuItem icon={Inbox} onSelect={() => void navigate({ to: '/settings/submissions' })}>
          My submissions
        </MenuItem>
      )}
      {atLeast(me?.role, 'admin') && (
        <MenuItem icon={UsersRound} onSelect={() => void navigate({ to: '/settings/users' })}>
          Users
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

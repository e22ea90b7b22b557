import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  FolderCog,
  Inbox,
  LayoutList,
  ListChecks,
  LogOut,
  Send,
  ShieldCheck,
  UserRound,
  UsersRound,
  type LucideIcon,
} from 'lucide-react';

import { logout, meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import { atLeast } from '@/lib/roles';
import type { Role } from '@/lib/api/types';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

interface Entry {
  to:
    | '/settings/account'
    | '/settings/library'
    | '/settings/review'
    | '/settings/jobs'
    | '/settings/telegram'
    | '/settings/moderation'
    | '/settings/submissions'
    | '/settings/users';
  label: string;
  icon: LucideIcon;
  least: Role;
  /** Not for this role and those above it. */
  below?: Role;
}

const ENTRIES: Entry[] = [
  { to: '/settings/account', label: 'Account', icon: UserRound, least: 'guest' },
  { to: '/settings/library', label: 'Library', icon: FolderCog, least: 'moderator' },
  { to: '/settings/review', label: 'Review', icon: ListChecks, least: 'moderator' },
  { to: '/settings/jobs', label: 'Jobs', icon: LayoutList, least: 'free' },
  { to: '/settings/telegram', label: 'Telegram', icon: Send, least: 'admin' },
  { to: '/settings/moderation', label: 'Moderation', icon: ShieldCheck, least: 'moderator' },
  {
    to: '/settings/submissions',
    label: 'My submissions',
    icon: Inbox,
    least: 'free',
    below: 'moderator',
  },
  { to: '/settings/users', label: 'Users', icon: UsersRound, least: 'admin' },
];

const isFor = ({ least, below }: Entry, role: Role | undefined) =>
  atLeast(role, least) && !(below && atLeast(role, below));

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
      {ENTRIES.filter((entry) => isFor(entry, me?.role)).map(({ to, label, icon }) => (
        <MenuItem key={to} icon={icon} onSelect={() => void navigate({ to })}>
          {label}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

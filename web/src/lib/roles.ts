import type { Role } from './api/types';

const ORDER: Role[] = ['banned', 'guest', 'free', 'premium', 'moderator', 'admin'];

/** True when `role` may do what `least` may. */
export const atLeast = (role: Role | undefined, least: Role) =>
  role !== undefined && ORDER.indexOf(role) >= ORDER.indexOf(least);

export const ROLES: { value: Role; label: string; hint: string }[] = [
  { value: 'admin', label: 'Admin', hint: 'Everything, users and folders included' },
  { value: 'moderator', label: 'Moderator', hint: 'May edit, match and remove titles' },
  { value: 'premium', label: 'Premium', hint: 'Watches, with everything unlocked' },
  { value: 'free', label: 'Member', hint: 'Watches' },
  { value: 'guest', label: 'Guest', hint: 'Looks around' },
  { value: 'banned', label: 'Banned', hint: 'Cannot sign in' },
];

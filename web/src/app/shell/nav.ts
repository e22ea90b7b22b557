import { Clapperboard, House, Search, Settings, Tv, type LucideIcon } from 'lucide-react';

interface Place {
  to: '/' | '/films' | '/series' | '/search' | '/settings';
  label: string;
  icon: LucideIcon;
}

export const PLACES: Place[] = [
  { to: '/', label: 'Home', icon: House },
  { to: '/films', label: 'Films', icon: Clapperboard },
  { to: '/series', label: 'Series', icon: Tv },
];

export const TABS: Place[] = [
  ...PLACES,
  { to: '/search', label: 'Search', icon: Search },
  { to: '/settings', label: 'Settings', icon: Settings },
];

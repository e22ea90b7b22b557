import { useMutation, useQuery } from '@tanstack/react-query';
import { Ellipsis, Pencil, RefreshCw, ScanSearch, ShieldX, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { refreshTitle } from '@/lib/api/catalog';
import { messageOf } from '@/lib/api/client';
import type { Title } from '@/lib/api/types';
import { atLeast } from '@/lib/roles';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuSeparator } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

import { EditDialog } from '../edit-dialog';
import { MatchDialog } from '../match-dialog';
import { useTitleRemoval } from './removal';
import { TakeDownDialog } from './take-down-dialog';

/** What moderators may do to a title. */
export function MoreMenu({ title }: { title: Title }) {
  const [open, setOpen] = useState<'edit' | 'match' | 'take-down' | null>(null);
  const { data: me } = useQuery(meQuery);
  const remove = useTitleRemoval();
  const refresh = useMutation({
    mutationFn: () => refreshTitle(title.id),
    onSuccess: () => toast('Fetching fresh details in the background.'),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        align="start"
        trigger={<IconButton look="glass" className="size-12" icon={Ellipsis} label="More" />}
      >
        <MenuItem icon={Pencil} onSelect={() => setOpen('edit')}>
          Edit details
        </MenuItem>
        <MenuItem icon={ScanSearch} onSelect={() => setOpen('match')}>
          Fix match
        </MenuItem>
        <MenuItem icon={RefreshCw} onSelect={() => refresh.mutate()}>
          Refresh details
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger onSelect={() => remove(title)}>
          Remove from the library
        </MenuItem>
        {atLeast(me?.role, 'admin') && (
          <MenuItem icon={ShieldX} danger onSelect={() => setOpen('take-down')}>
            Take down for good
          </MenuItem>
        )}
      </Menu>
      {open === 'edit' && <EditDialog title={title} onClose={close} />}
      {open === 'take-down' && <TakeDownDialog of={title} onClose={close} />}
      {open === 'match' && <MatchDialog title={title} onClose={close} />}
    </>
  );
}

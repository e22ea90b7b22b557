import { useMutation, useQueryClient } from '@tanstack/react-query';
import {
  EllipsisVertical,
  Eye,
  Folder as FolderIcon,
  FolderX,
  RefreshCw,
  Trash2,
  TriangleAlert,
} from 'lucide-react';
import { useState } from 'react';

import { messageOf } from '@/lib/api/client';
import { foldersQuery, removeFolder } from '@/lib/api/ingest';
import type { Folder } from '@/lib/api/types';
import { ago, plural } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { toast } from '@/ui/toast-store';

interface FolderLineProps {
  folder: Folder;
  mayRemove: boolean;
  /** Absent while a scan runs. */
  onScan: (() => void) | undefined;
}

function factsOf(folder: Folder): string {
  return [
    plural(folder.files, 'file'),
    folder.failed ? `${folder.failed} unreadable` : '',
    folder.last_scan_at ? `scanned ${ago(folder.last_scan_at)}` : 'not scanned yet',
  ]
    .filter(Boolean)
    .join(' · ');
}

function FolderMenu({ folder, mayRemove, onScan }: FolderLineProps) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => removeFolder(folder.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: foldersQuery.queryKey });
      void client.invalidateQueries({ queryKey: ['titles'] });
      setAsking(false);
    },
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  return (
    <>
      <Menu trigger={<IconButton icon={EllipsisVertical} label={`More for ${folder.path}`} />}>
        <MenuItem icon={RefreshCw} disabled={!onScan} onSelect={() => onScan?.()}>
          Scan this folder
        </MenuItem>
        <MenuItem icon={Trash2} danger disabled={!mayRemove} onSelect={() => setAsking(true)}>
          {folder.from_settings ? 'Named by the settings' : 'Remove from the library'}
        </MenuItem>
      </Menu>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title="Remove this folder?"
        verb="Remove"
      >
        <p className="break-all">{folder.path}</p>
        <p className="mt-2">Its titles leave the library. The files on disk stay as they are.</p>
      </Confirm>
    </>
  );
}

export function FolderLine(props: FolderLineProps) {
  const { folder } = props;
  const Icon = folder.available ? FolderIcon : FolderX;
  return (
    <li className="card p-4 pr-2">
      <div className="flex items-center gap-4">
        <Icon
          aria-hidden
          className={folder.available ? 'size-6 shrink-0 text-glow' : 'size-6 shrink-0 text-warn'}
        />
        <div className="min-w-0 flex-1">
          <p className="font-medium break-all">{folder.path}</p>
          <p className="text-xs text-faint">{factsOf(folder)}</p>
        </div>
        <div className="hidden gap-2 sm:flex">
          {!folder.available && <Badge tone="warn">Not reachable</Badge>}
          {folder.watched && folder.available && (
            <Badge tone="good">
              <Eye aria-hidden className="size-3" /> Live
            </Badge>
          )}
          {folder.from_settings && <Badge>From settings</Badge>}
        </div>
        <FolderMenu {...props} />
      </div>
      {folder.warning && (
        <p
          role="alert"
          className="mt-3 mr-2 flex gap-2.5 rounded-md border border-warn/25 bg-warn/8 p-3 text-sm text-warn"
        >
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {folder.warning}
        </p>
      )}
    </li>
  );
}

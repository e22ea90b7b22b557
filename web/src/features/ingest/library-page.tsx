import { useQuery } from '@tanstack/react-query';
import { FolderPlus, FolderSearch, RefreshCw } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { foldersQuery } from '@/lib/api/ingest';
import { useDocumentTitle } from '@/lib/hooks';
import { atLeast } from '@/lib/roles';
import { Button } from '@/ui/button';
import { Section } from '@/ui/page';
import { ListSkeleton } from '@/ui/skeleton';
import { EmptyState, ErrorState } from '@/ui/states';

import { AddFolderDialog } from './add-folder-dialog';
import { FolderLine } from './folder-line';
import { LastScan } from './last-scan';
import { Problems } from './problems';
import { ScanProgress } from './scan-progress';
import { useRunningScan, useStartScan } from './scans';

export function LibraryPage() {
  useDocumentTitle('Library');
  const { data: me } = useQuery(meQuery);
  const folders = useQuery(foldersQuery);
  const job = useRunningScan();
  const scan = useStartScan();
  const [adding, setAdding] = useState(false);
  const isAdmin = atLeast(me?.role, 'admin');
  const add = isAdmin && (
    <Button size="sm" icon={FolderPlus} onClick={() => setAdding(true)}>
      Add folder
    </Button>
  );
  return (
    <>
      <Section
        title="Folders"
        note="Files are read where they are. Nothing is moved, renamed or deleted."
        aside={
          <div className="flex gap-2">
            {add}
            {!job && (
              <Button
                size="sm"
                look="primary"
                icon={RefreshCw}
                busy={scan.isPending}
                onClick={() => scan.mutate(undefined)}
              >
                Scan now
              </Button>
            )}
          </div>
        }
      >
        {job ? (
          <div className="mb-4">
            <ScanProgress job={job} />
          </div>
        ) : (
          <LastScan />
        )}
        {folders.isPending && <ListSkeleton />}
        {folders.isLoadingError && (
          <ErrorState error={folders.error} retry={() => void folders.refetch()} />
        )}
        {folders.data?.items.length === 0 && (
          <EmptyState icon={FolderSearch} title="No folders yet" action={add}>
            <p>Add the folder that holds your films or series.</p>
          </EmptyState>
        )}
        <ul className="space-y-3">
          {folders.data?.items.map((folder) => (
            <FolderLine
              key={folder.id}
              folder={folder}
              mayRemove={isAdmin && !folder.from_settings}
              onScan={job ? undefined : () => scan.mutate([folder.id])}
            />
          ))}
        </ul>
      </Section>
      <Problems />
      {adding && <AddFolderDialog onClose={() => setAdding(false)} />}
    </>
  );
}

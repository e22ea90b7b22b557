import { useQuery } from '@tanstack/react-query';
import { FolderPlus, HardDrive, RefreshCw } from 'lucide-react';

import { meQuery } from '@/lib/api/accounts';
import { foldersQuery } from '@/lib/api/ingest';
import { shareDone } from '@/lib/api/jobs';
import { atLeast } from '@/lib/roles';
import { Button, ButtonLink } from '@/ui/button';
import { Mark } from '@/ui/logo';
import { Progress } from '@/ui/progress';
import { EmptyState } from '@/ui/states';

import { scanFigures, useRunningScan, useStartScan } from './scans';

function Scanning({ job }: { job: NonNullable<ReturnType<typeof useRunningScan>> }) {
  const share = shareDone(job);
  return (
    <div className="w-full max-w-xl px-6 text-center">
      <Mark className="mx-auto size-20" />
      <h1 className="mt-6 text-2xl sm:text-3xl">Getting to know your library</h1>
      <p className="mt-2 text-soft">
        Titles appear here while the scan goes on. You need not wait.
      </p>
      <Progress share={share} label="Scan" className="mt-8" />
      <p className="mt-3 text-sm text-faint tabular-nums">{scanFigures(job)}</p>
      <p role="status" className="sr-only">
        {share === null ? 'Scanning' : `Scan: ${Math.floor(share * 4) * 25} percent`}
      </p>
    </div>
  );
}

function Empty() {
  const { data: me } = useQuery(meQuery);
  const mayScan = atLeast(me?.role, 'moderator');
  const folders = useQuery({ ...foldersQuery, enabled: mayScan });
  const scan = useStartScan();
  const hasFolders = (folders.data?.items.length ?? 0) > 0;
  if (!mayScan) {
    return (
      <EmptyState heading="h1" icon={HardDrive} title="Nothing here yet">
        <p>The library is still empty. Whoever runs this server can add folders to it.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      heading="h1"
      icon={HardDrive}
      title={hasFolders ? 'Nothing was found in your folders' : 'Point Shadow at a folder'}
      action={
        <>
          <ButtonLink to="/settings/library" look="primary" icon={FolderPlus}>
            Library folders
          </ButtonLink>
          {hasFolders && (
            <Button icon={RefreshCw} busy={scan.isPending} onClick={() => scan.mutate(undefined)}>
              Scan now
            </Button>
          )}
        </>
      }
    >
      <p>
        {hasFolders
          ? 'Put films or series into them, or add another folder. New files appear by themselves.'
          : 'Add a folder with films or series. They are read where they are; nothing is moved or changed.'}
      </p>
    </EmptyState>
  );
}

/** Home, as long as the library is empty. */
export function FirstScan() {
  const job = useRunningScan();
  return (
    <div className="grid min-h-dvh place-items-center">
      {job ? <Scanning job={job} /> : <Empty />}
    </div>
  );
}

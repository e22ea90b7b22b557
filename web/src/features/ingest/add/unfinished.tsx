import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileClock, Trash2 } from 'lucide-react';
import { useEffect, useRef, type ChangeEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { dropUpload, uploadsQuery } from '@/lib/api/ingest';
import type { Upload } from '@/lib/api/types';
import { ago, bytes } from '@/lib/format';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { toast } from '@/ui/toast-store';

import { addFiles, onUploadEnd, useUploads } from './upload-engine';

function UnfinishedLine({ upload }: { upload: Upload }) {
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const drop = useMutation({
    mutationFn: () => dropUpload(upload.id),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
    onSettled: () => client.invalidateQueries({ queryKey: uploadsQuery.queryKey }),
  });
  const goOn = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    if (file.name !== upload.name || file.size !== upload.size) {
      toast(`That is another file. “${upload.name}” with ${bytes(upload.size)} is wanted.`, {
        tone: 'bad',
      });
      return;
    }
    addFiles([file], { resume: upload.id });
  };
  return (
    <li className="card flex flex-wrap items-center gap-3 p-4 pr-2">
      <FileClock aria-hidden className="size-5 shrink-0 text-warn" />
      <div className="min-w-40 flex-1">
        <p className="text-sm font-medium break-all">{upload.name}</p>
        <p className="text-xs text-faint tabular-nums">
          {bytes(upload.received)} of {bytes(upload.size)} are here · discarded{' '}
          {ago(upload.expires_at)}
        </p>
      </div>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={`The file ${upload.name}`}
        onChange={goOn}
      />
      <Button size="sm" onClick={() => input.current?.click()}>
        Choose it again to go on
      </Button>
      <IconButton
        icon={Trash2}
        label={`Discard ${upload.name}`}
        disabled={drop.isPending}
        onClick={() => drop.mutate()}
      />
    </li>
  );
}

/** Uploads that the server has the beginning of: a reload or a lost connection ended them. */
export function Unfinished() {
  const client = useQueryClient();
  const queue = useUploads();
  const uploads = useQuery(uploadsQuery);
  useEffect(
    () => onUploadEnd(() => void client.invalidateQueries({ queryKey: uploadsQuery.queryKey })),
    [client],
  );
  const here = new Set(queue.map((one) => one.uploadId));
  const open = (uploads.data?.items ?? []).filter(
    (one) => one.job_id === null && one.received < one.size && !here.has(one.id),
  );
  if (!open.length) return null;
  return (
    <section aria-labelledby="unfinished" className="mb-10">
      <h2 id="unfinished" className="mb-1 text-lg">
        Unfinished uploads
      </h2>
      <p className="mb-4 text-sm text-faint">
        A browser may not open a file again by itself. Choose it once more, and only what is missing
        is sent.
      </p>
      <ul className="space-y-3">
        {open.map((upload) => (
          <UnfinishedLine key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

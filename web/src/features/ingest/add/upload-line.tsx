import { Link } from '@tanstack/react-router';
import { CircleCheck, FileVideo, Pause, Play, RotateCw, X } from 'lucide-react';
import { useState } from 'react';

import { bytes, roughly } from '@/lib/format';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { Progress } from '@/ui/progress';

import { pauseUpload, removeUpload, resumeUpload } from './upload-engine';
import { secondsLeft, type QueuedUpload } from './upload-queue';

function figures(one: QueuedUpload): string {
  if (one.state === 'done') return `${bytes(one.size)} · sent`;
  const left = secondsLeft(one);
  return [
    { waiting: 'Waiting', paused: 'Paused', failed: 'Stopped', sending: '' }[one.state],
    `${bytes(one.sent)} of ${bytes(one.size)}`,
    one.speed ? `${bytes(Math.round(one.speed))}/s` : '',
    left !== null && left > 0 ? `${roughly(left)} left` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function Buttons({ one }: { one: QueuedUpload }) {
  const [asking, setAsking] = useState(false);
  const begun = one.state !== 'done' && one.sent > 0;
  return (
    <>
      {one.state === 'sending' && (
        <IconButton
          icon={Pause}
          label={`Pause: ${one.name}`}
          onClick={() => pauseUpload(one.key)}
        />
      )}
      {one.state === 'paused' && (
        <IconButton
          icon={Play}
          label={`Resume: ${one.name}`}
          onClick={() => resumeUpload(one.key)}
        />
      )}
      {one.state === 'failed' && (
        <IconButton
          icon={RotateCw}
          label={`Try again: ${one.name}`}
          onClick={() => resumeUpload(one.key)}
        />
      )}
      <IconButton
        icon={X}
        label={one.state === 'done' ? `Clear: ${one.name}` : `Cancel: ${one.name}`}
        onClick={() => (begun ? setAsking(true) : removeUpload(one.key))}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => removeUpload(one.key)}
        title="Cancel this upload?"
        verb="Cancel the upload"
      >
        <p className="break-all">{one.name}</p>
        <p className="mt-2">What was sent so far is thrown away.</p>
      </Confirm>
    </>
  );
}

/** One file on its way to the server. */
export function UploadLine({ one }: { one: QueuedUpload }) {
  const Icon = one.state === 'done' ? CircleCheck : FileVideo;
  return (
    <li className="card p-4 pr-2">
      <div className="flex items-center gap-3">
        <Icon aria-hidden className="size-5 shrink-0 text-glow" />
        <div className="min-w-0 flex-1">
          <p className="truncate text-sm font-medium">{one.name}</p>
          <p className="text-xs text-faint tabular-nums">{figures(one)}</p>
        </div>
        {one.jobId && (
          <Link
            to="/jobs/$id"
            params={{ id: one.jobId }}
            className="rounded-full px-3 py-2 text-sm font-semibold text-glow transition hover:bg-pane-strong"
          >
            Follow
          </Link>
        )}
        <div className="flex shrink-0">
          <Buttons one={one} />
        </div>
      </div>
      {one.state !== 'done' && (
        <Progress
          thin
          share={one.size ? one.sent / one.size : 0}
          label={`Upload of ${one.name}`}
          className="mt-3 mr-2 w-auto!"
        />
      )}
      {one.error && (
        <p role="alert" className="mt-2 mr-2 text-sm text-bad">
          {one.error}
        </p>
      )}
    </li>
  );
}

import { Link } from '@tanstack/react-router';
import { Upload } from 'lucide-react';

import { useUploads } from './upload-engine';
import { shareSent } from './upload-queue';

/** In the header while files are sent: how far they are, and the way to them. */
export function UploadIndicator() {
  const queue = useUploads();
  const open = queue.some((one) => one.state === 'sending' || one.state === 'waiting');
  if (!open) return null;
  const percent = Math.floor((shareSent(queue) ?? 0) * 100);
  return (
    <Link
      to="/add"
      aria-label={`Uploading, ${percent} %`}
      className="flex h-10 animate-fade items-center gap-1.5 rounded-full px-2 text-xs font-medium text-soft transition hover:bg-pane-strong hover:text-ink sm:px-3"
    >
      <Upload aria-hidden className="size-4 text-glow" />
      <span aria-hidden className="tabular-nums">
        {percent} %
      </span>
    </Link>
  );
}

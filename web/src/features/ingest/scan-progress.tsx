import { useMutation } from '@tanstack/react-query';
import { X } from 'lucide-react';

import { messageOf } from '@/lib/api/client';
import { shareDone, steerJob, type Job } from '@/lib/api/jobs';
import { Button } from '@/ui/button';
import { Progress } from '@/ui/progress';
import { toast } from '@/ui/toast-store';

import { scanFigures } from './scans';

/** A running scan: the bar, the figures, and the way to stop it. */
export function ScanProgress({ job }: { job: Job }) {
  const share = shareDone(job);
  const cancel = useMutation({
    mutationFn: () => steerJob(job.id, 'cancel'),
    onError: (error) => toast(messageOf(error), { tone: 'bad' }),
  });
  return (
    <div className="card animate-fade p-5">
      <div className="mb-3 flex items-center gap-4">
        <div className="min-w-0 flex-1">
          <p className="font-medium">{job.message ?? 'Scanning'}</p>
          <p className="text-sm text-faint tabular-nums">{scanFigures(job)}</p>
        </div>
        {share !== null && (
          <p className="font-display text-2xl font-bold tabular-nums">
            {Math.floor(share * 100)} %
          </p>
        )}
        <Button
          size="sm"
          look="quiet"
          icon={X}
          busy={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Stop
        </Button>
      </div>
      <Progress share={share} label="Scan" />
      {/* Said in quarters: every file would be too much to listen to. */}
      <p role="status" className="sr-only">
        {share === null ? 'Scanning' : `Scan: ${Math.floor(share * 4) * 25} percent`}
      </p>
    </div>
  );
}

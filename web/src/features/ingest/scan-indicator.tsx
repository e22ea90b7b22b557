import { Link } from '@tanstack/react-router';

import { shareDone } from '@/lib/api/jobs';

import { useRunningScan } from './scans';

const RADIUS = 8;
const ROUND = 2 * Math.PI * RADIUS;

/** A ring in the header that fills while a scan runs. */
export function ScanIndicator() {
  const job = useRunningScan();
  if (!job) return null;
  const share = shareDone(job);
  const text = share === null ? 'Scanning' : `Scanning ${Math.floor(share * 100)} %`;
  return (
    <Link
      to="/settings/library"
      aria-label={text}
      className="flex h-10 animate-fade items-center gap-2 rounded-full px-2 text-xs font-medium text-soft transition hover:bg-pane-strong hover:text-ink sm:px-3"
    >
      <svg viewBox="0 0 20 20" aria-hidden className="size-5 -rotate-90">
        <circle
          cx="10"
          cy="10"
          r={RADIUS}
          fill="none"
          strokeWidth="2.5"
          className="stroke-white/15"
        />
        <circle
          cx="10"
          cy="10"
          r={RADIUS}
          fill="none"
          strokeWidth="2.5"
          strokeLinecap="round"
          className="origin-center stroke-glow transition-[stroke-dashoffset] duration-500"
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - (share ?? 0.25))}
        />
      </svg>
      <span aria-hidden className="tabular-nums max-sm:hidden">
        {text}
      </span>
    </Link>
  );
}

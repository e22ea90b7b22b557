import type { Submission } from '@/lib/api/types';
import { ago } from '@/lib/format';
import { Badge } from '@/ui/badge';

import { Decide } from './decide';
import { Pictures, PreviewFiles } from './previews';
import { offeredTitle, shownOrigin, sizeOf } from './submission-words';

const STATES = {
  waiting: { label: 'Waiting', tone: 'plain' },
  approved: { label: 'Approved', tone: 'good' },
  rejected: { label: 'Rejected', tone: 'bad' },
} as const;

function Facts({ one }: { one: Submission }) {
  const by = one.user ? `proposed by ${one.user}` : 'proposed';
  return (
    <>
      <p className="text-xs text-faint">
        {sizeOf(one)} · {by} {ago(one.created_at)}
      </p>
      <p className="text-xs wrap-anywhere text-faint">From {shownOrigin(one.origin)}</p>
    </>
  );
}

/** Something that waits for a decision, with all that helps to make it. */
export function WaitingCard({ one }: { one: Submission }) {
  return (
    <li className="card min-w-0 space-y-4 p-5">
      <div>
        <h3 className="text-base">{offeredTitle(one)}</h3>
        <Facts one={one} />
      </div>
      <Pictures one={one} />
      <PreviewFiles one={one} />
      <Decide one={one} />
    </li>
  );
}

/** Something that was proposed, and what became of it. */
export function SubmissionLine({ one, own }: { one: Submission; own?: boolean }) {
  const { label, tone } = STATES[one.state];
  return (
    <li className="card p-4">
      <p className="flex flex-wrap items-center gap-2.5">
        <span className="min-w-0 text-sm font-medium break-words">{offeredTitle(one)}</span>
        <Badge tone={tone}>{label}</Badge>
        {one.decided_at && <span className="text-xs text-faint">{ago(one.decided_at)}</span>}
      </p>
      <Facts one={one} />
      {one.reason && <p className="mt-1.5 text-sm text-soft">Reason: {one.reason}</p>}
      {own && one.state === 'waiting' && (
        <p className="mt-1.5 text-sm text-soft">Waits until an admin approves it.</p>
      )}
    </li>
  );
}

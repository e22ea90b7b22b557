import { useQuery } from '@tanstack/react-query';
import { ScanSearch } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import type { Title } from '@/lib/api/types';
import { atLeast } from '@/lib/roles';
import { Button } from '@/ui/button';

import { MatchDialog } from '../match-dialog';

/** Tell those who can mend it that nobody knows this title for sure. */
export function DoubtNotice({ title }: { title: Title }) {
  const { data: me } = useQuery(meQuery);
  const [open, setOpen] = useState(false);
  if (title.review === 'ok' || !atLeast(me?.role, 'moderator')) return null;
  return (
    <aside className="mt-7 flex max-w-3xl flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-warn/25 bg-warn/8 py-3 pr-3 pl-5 text-sm">
      <p className="min-w-48 flex-1 text-pretty">
        <span className="font-medium text-warn">
          {title.review === 'unmatched' ? 'No match was found.' : 'The match is doubtful.'}
        </span>{' '}
        <span className="text-soft">{title.review_reason}</span>
      </p>
      <Button size="sm" icon={ScanSearch} onClick={() => setOpen(true)}>
        Fix match
      </Button>
      {open && <MatchDialog title={title} onClose={() => setOpen(false)} />}
    </aside>
  );
}

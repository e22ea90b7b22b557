import { useQuery } from '@tanstack/react-query';
import { Inbox } from 'lucide-react';
import { useState } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { useDocumentTitle } from '@/lib/hooks';
import { atLeast } from '@/lib/roles';
import { EmptyState } from '@/ui/states';
import { Tabs } from '@/ui/tabs';

import { Blocklist } from './blocklist';
import { SubmissionLine, WaitingCard } from './submission-card';
import { SubmissionList } from './submission-list';

const TABS = [
  { value: 'waiting', label: 'Waiting' },
  { value: 'approved', label: 'Approved' },
  { value: 'rejected', label: 'Rejected' },
];
const BLOCKLIST = { value: 'blocklist', label: 'Blocklist' };

function Panel({ tab }: { tab: string }) {
  if (tab === 'blocklist') return <Blocklist />;
  if (tab === 'waiting') {
    return (
      <SubmissionList
        state="waiting"
        draw={(one) => <WaitingCard key={one.id} one={one} />}
        empty={
          <EmptyState icon={Inbox} title="Nothing waits for a decision">
            <p>What members add is kept aside until somebody has looked at it here.</p>
          </EmptyState>
        }
      />
    );
  }
  return (
    <SubmissionList
      state={tab === 'approved' ? 'approved' : 'rejected'}
      draw={(one) => <SubmissionLine key={one.id} one={one} />}
      empty={<EmptyState icon={Inbox} title={`Nothing was ${tab} yet`} />}
    />
  );
}

/** What people propose, and what is not let in. */
export function ModerationPage() {
  useDocumentTitle('Moderation');
  const { data: me } = useQuery(meQuery);
  const [tab, setTab] = useState('waiting');
  const tabs = atLeast(me?.role, 'admin') ? [...TABS, BLOCKLIST] : TABS;
  return (
    <>
      <h2 className="sr-only">Moderation</h2>
      <Tabs label="Moderation" value={tab} onChange={setTab} tabs={tabs}>
        <Panel tab={tab} />
      </Tabs>
    </>
  );
}

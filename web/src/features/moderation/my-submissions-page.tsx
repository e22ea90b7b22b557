import { Inbox } from 'lucide-react';

import { useDocumentTitle } from '@/lib/hooks';
import { ButtonLink } from '@/ui/button';
import { Section } from '@/ui/page';
import { EmptyState } from '@/ui/states';

import { SubmissionLine } from './submission-card';
import { SubmissionList } from './submission-list';

/** What one proposed oneself, and what became of it. */
export function MySubmissionsPage() {
  useDocumentTitle('My submissions');
  return (
    <Section title="My submissions" note="What you added waits until an admin approves it.">
      <SubmissionList
        draw={(one) => <SubmissionLine key={one.id} one={one} own />}
        empty={
          <EmptyState
            icon={Inbox}
            title="Nothing yet"
            action={
              <ButtonLink to="/add" look="primary">
                Add something
              </ButtonLink>
            }
          >
            <p>Films and series that you add are listed here.</p>
          </EmptyState>
        }
      />
    </Section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Lock, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';

import { meQuery } from '@/lib/api/accounts';
import { atLeast } from '@/lib/roles';
import { Page } from '@/ui/page';
import { EmptyState } from '@/ui/states';

import { FollowedJobs } from './followed-jobs';
import { LinkForm } from './link-form';
import { Unfinished } from './unfinished';
import { UploadBox } from './upload-box';
import { useUploads } from './upload-engine';
import { UploadLine } from './upload-line';

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card min-w-0 p-5 sm:p-6">
      <h2 className="mb-4 text-lg">{title}</h2>
      {children}
    </section>
  );
}

function ApprovalNotice() {
  return (
    <p className="mb-6 flex gap-3 rounded-md border border-sheen/30 bg-sheen/8 p-4 text-sm text-soft">
      <ShieldCheck aria-hidden className="mt-0.5 size-4.5 shrink-0 text-sheen" />
      <span>
        What you add waits until an admin approves it. How it stands is told under{' '}
        <Link
          to="/settings/submissions"
          className="rounded-xs text-ink underline underline-offset-4"
        >
          My submissions
        </Link>
        .
      </span>
    </p>
  );
}

function UploadQueue() {
  const queue = useUploads();
  if (!queue.length) return null;
  return (
    <section aria-labelledby="uploads" className="mb-10">
      <h2 id="uploads" className="mb-4 text-lg">
        Uploads
      </h2>
      <ul className="space-y-3">
        {queue.map((one) => (
          <UploadLine key={one.key} one={one} />
        ))}
      </ul>
    </section>
  );
}

/** Bring something into the library: by link, or by uploading it. */
export function AddPage() {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  return (
    <Page title="Add to the library" note="Only what you may share: your own, or freely licensed.">
      {!atLeast(me.role, 'free') ? (
        <EmptyState icon={Lock} title="Guests cannot add anything">
          <p>Sign in with an account of your own to propose titles.</p>
        </EmptyState>
      ) : (
        <div className="max-w-6xl">
          {!atLeast(me.role, 'moderator') && <ApprovalNotice />}
          <div className="mb-10 grid items-start gap-4 lg:grid-cols-2">
            <Card title="From a link">
              <LinkForm />
            </Card>
            <Card title="From this device">
              <UploadBox />
            </Card>
          </div>
          <UploadQueue />
          <Unfinished />
          <FollowedJobs />
        </div>
      )}
    </Page>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, X } from 'lucide-react';
import { useState, type FormEvent } from 'react';

import { messageOf } from '@/lib/api/client';
import { approveSubmission, rejectSubmission } from '@/lib/api/moderation';
import type { Submission } from '@/lib/api/types';
import { follow } from '@/lib/followed';
import { Button, buttonClass } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, TextArea } from '@/ui/field';
import { Switch } from '@/ui/switch';
import { toast } from '@/ui/toast-store';

import { offeredTitle } from './submission-words';

function useDecision() {
  const client = useQueryClient();
  return () => {
    for (const key of ['submissions', 'blocklist', 'jobs', 'job-group']) {
      void client.invalidateQueries({ queryKey: [key] });
    }
  };
}

function RejectDialog({ one, onClose }: { one: Submission; onClose: () => void }) {
  const refresh = useDecision();
  const [reason, setReason] = useState('');
  const [block, setBlock] = useState(false);
  const reject = useMutation({
    mutationFn: () => rejectSubmission(one.id, { reason: reason.trim(), block }),
    onSuccess: () => {
      toast(`Rejected “${one.title}”.`);
      refresh();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Reject “${one.title}”?`}
      description="Its files are deleted. This cannot be undone."
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            Keep it waiting
          </Button>
          <Button look="danger" type="submit" form="reject" busy={reject.isPending}>
            Reject
          </Button>
        </>
      }
    >
      <form
        id="reject"
        className="space-y-5"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          reject.mutate();
        }}
      >
        <TextArea
          label="Reason"
          rows={3}
          maxLength={500}
          value={reason}
          hint={one.user ? `${one.user} will read this.` : 'Whoever proposed it will read this.'}
          onChange={(event) => setReason(event.target.value)}
        />
        <Switch
          label="Block this content"
          hint="The same files are refused from now on, whoever sends them."
          checked={block}
          onChange={setBlock}
        />
        {reject.isError && (
          <p role="alert" className="text-sm text-bad">
            {messageOf(reject.error)}
          </p>
        )}
      </form>
    </Dialog>
  );
}

/** Let it in, under a title that can be put right, or turn it away. */
export function Decide({ one }: { one: Submission }) {
  const refresh = useDecision();
  const offered = offeredTitle(one);
  const [title, setTitle] = useState(offered);
  const [rejecting, setRejecting] = useState(false);
  const approve = useMutation({
    mutationFn: () => approveSubmission(one.id, title.trim() === offered ? null : title.trim()),
    onSuccess: ({ id }) => {
      follow({ id, label: title.trim() });
      toast(`Approved “${title.trim()}”. It is on its way into the library.`, { tone: 'good' });
      refresh();
    },
  });
  if (approve.isSuccess) {
    return (
      <Link to="/jobs/$id" params={{ id: approve.data.id }} className={buttonClass('glass')}>
        Follow it into the library
      </Link>
    );
  }
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          approve.mutate();
        }}
      >
        <Field
          label="Title"
          required
          maxLength={300}
          className="min-w-56 flex-1"
          value={title}
          error={approve.isError ? messageOf(approve.error) : undefined}
          onChange={(event) => setTitle(event.target.value)}
        />
        <div className="flex gap-2">
          <Button type="submit" look="primary" icon={Check} busy={approve.isPending}>
            Approve
          </Button>
          <Button icon={X} onClick={() => setRejecting(true)}>
            Reject
          </Button>
        </div>
      </form>
      {/* Beside the form: what is sent off in a dialog within it would be sent off as its own. */}
      {rejecting && <RejectDialog one={one} onClose={() => setRejecting(false)} />}
    </>
  );
}

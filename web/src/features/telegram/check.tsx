import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Stethoscope } from 'lucide-react';

import { messageOf } from '@/lib/api/client';
import { checkSwarm, swarmQuery } from '@/lib/api/telegram';
import { Button } from '@/ui/button';
import { Progress } from '@/ui/progress';

import { foundText, isTroubled } from './session-words';

/** Have everything looked at, and say what came of it. */
export function useCheck() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => checkSwarm(client),
    onSuccess: (sample) => client.setQueryData(swarmQuery.queryKey, sample),
  });
}

type Check = ReturnType<typeof useCheck>;

export function CheckButton({ check }: { check: Check }) {
  return (
    <Button size="sm" icon={Stethoscope} busy={check.isPending} onClick={() => check.mutate()}>
      Check now
    </Button>
  );
}

/** How a check stands. Its place is always there, so that screen readers hear it change. */
export function CheckOutcome({ check }: { check: Check }) {
  const found = check.data;
  const bad = found && (!found.channels.every((one) => one.ok) || found.items.some(isTroubled));
  return (
    <div role="status" className="text-sm">
      {check.isPending && (
        <div className="mb-4">
          <p className="mb-2 text-soft">
            Checking: every account logs in and looks at its channels…
          </p>
          <Progress share={null} label="Checking" thin />
        </div>
      )}
      {check.isError && <p className="mb-4 text-bad">The check failed: {messageOf(check.error)}</p>}
      {check.isSuccess && found && (
        <p className={bad ? 'mb-4 text-warn' : 'mb-4 text-good'}>
          {foundText(found.items, found.channels)}
        </p>
      )}
    </div>
  );
}

import { X } from 'lucide-react';
import { useState } from 'react';

import { VERBS, type Job, type JobVerb } from '@/lib/api/jobs';
import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';

import { useSteerChosen, VERB_FACES } from './steering';

const ORDER: readonly JobVerb[] = ['resume', 'pause', 'retry', 'cancel'];

/** What can be done to the jobs that are ticked; nothing while none is. */
export function ChosenBar({ jobs, onClear }: { jobs: Job[]; onClear: () => void }) {
  const steer = useSteerChosen();
  const [asking, setAsking] = useState(false);
  const act = (verb: JobVerb) => steer.mutate({ verb, jobs }, { onSuccess: onClear });
  const able = ORDER.filter((verb) => jobs.some((job) => VERBS[job.state].includes(verb)));
  return (
    <>
      <p role="status" className="sr-only">
        {jobs.length > 0 && `${plural(jobs.length, 'job')} selected`}
      </p>
      {jobs.length > 0 && (
        <div
          role="toolbar"
          aria-label="Selected jobs"
          className="glass-high sticky bottom-[calc(var(--tabs)+0.75rem)] z-20 mx-auto flex w-fit max-w-full animate-rise flex-wrap items-center gap-2 rounded-xl p-2 pl-4"
        >
          <span className="mr-1 text-sm font-medium whitespace-nowrap tabular-nums">
            {jobs.length} selected
          </span>
          {able.map((verb) => {
            const { icon, label } = VERB_FACES[verb];
            return (
              <Button
                key={verb}
                size="sm"
                icon={icon}
                look={verb === 'cancel' ? 'danger' : 'glass'}
                disabled={steer.isPending}
                onClick={() => (verb === 'cancel' ? setAsking(true) : act(verb))}
              >
                {label}
              </Button>
            );
          })}
          <IconButton icon={X} label="Clear the selection" className="size-9" onClick={onClear} />
        </div>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          act('cancel');
          setAsking(false);
        }}
        title={`Cancel ${plural(jobs.length, 'job')}?`}
        verb="Cancel them"
      >
        <p>What they downloaded so far is thrown away. To go on later, pause them instead.</p>
      </Confirm>
    </>
  );
}

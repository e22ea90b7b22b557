import { useState } from 'react';

import type { Job, JobVerb } from '@/lib/api/jobs';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';

import { useIsEditor, useSteer, VERB_FACES, verbsFor } from './steering';

interface JobButtonsProps {
  job: Job;
  /** What the job is called, for those who hear the buttons. */
  name: string;
  /** Buttons with words, for the job's own page. */
  large?: boolean;
}

/** What can be done to a job in its state. Cancelling asks first: what was fetched is thrown away. */
export function JobButtons({ job, name, large }: JobButtonsProps) {
  const isEditor = useIsEditor();
  const steer = useSteer(job);
  const [asking, setAsking] = useState(false);
  const press = (verb: JobVerb) => (verb === 'cancel' ? setAsking(true) : steer.mutate(verb));
  const waits = steer.isPending || job.wanted === 'cancelled';
  return (
    <>
      {verbsFor(job, isEditor).map((verb) => {
        const { icon, label } = VERB_FACES[verb];
        const disabled = waits || (verb === 'pause' && job.wanted === 'paused');
        return large ? (
          <Button
            key={verb}
            icon={icon}
            disabled={disabled}
            look={verb === 'cancel' ? 'quiet' : 'glass'}
            onClick={() => press(verb)}
          >
            {label}
          </Button>
        ) : (
          <IconButton
            key={verb}
            icon={icon}
            label={`${label}: ${name}`}
            disabled={disabled}
            onClick={() => press(verb)}
          />
        );
      })}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          steer.mutate('cancel');
          setAsking(false);
        }}
        title="Cancel this job?"
        verb="Cancel the job"
      >
        <p className="wrap-anywhere">{name}</p>
        <p className="mt-2">
          {job.kind === 'leech'
            ? 'What was downloaded so far is thrown away. To go on later, pause it instead.'
            : 'It stops where it is. It can be started again later.'}
        </p>
      </Confirm>
    </>
  );
}

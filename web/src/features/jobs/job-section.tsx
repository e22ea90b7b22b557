import { EllipsisVertical } from 'lucide-react';
import { useState } from 'react';

import { VERBS, type Job, type JobGroup, type JobVerb } from '@/lib/api/jobs';
import { plural } from '@/lib/format';
import { Button } from '@/ui/button';
import { CheckBox } from '@/ui/check-box';
import { Confirm } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { ShowMore } from '@/ui/show-more';

import { JobLine } from './job-line';
import { useIsEditor, useSteerAll, VERB_FACES } from './steering';

const FOR_ALL: Record<JobGroup, readonly JobVerb[]> = {
  running: ['pause', 'cancel'],
  waiting: ['pause', 'resume', 'cancel'],
  finished: ['retry'],
  failed: ['retry'],
};

interface Pages {
  data?: { pages: { total: number }[] };
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface JobSectionProps {
  group: JobGroup;
  title: string;
  jobs: Job[];
  query: Pages;
  chosen: ReadonlySet<string>;
  onChoose: (ids: string[], wanted: boolean) => void;
  /** Given where failed jobs can be shown alone. */
  onlyFailed?: boolean;
  onOnlyFailed?: (only: boolean) => void;
}

function ForAll({ group, title, total }: { group: JobGroup; title: string; total: number }) {
  // Of those that ended, a person wants the failed ones again and not what was cancelled.
  const steer = useSteerAll(group === 'finished' ? 'failed' : group);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu
        trigger={
          <IconButton icon={EllipsisVertical} label={`All that are ${title.toLowerCase()}`} />
        }
      >
        {FOR_ALL[group].map((verb) => (
          <MenuItem
            key={verb}
            icon={VERB_FACES[verb].icon}
            danger={verb === 'cancel'}
            onSelect={() => (verb === 'cancel' ? setAsking(true) : steer.mutate(verb))}
          >
            {verb === 'retry' ? 'Try all failed ones again' : `${VERB_FACES[verb].label} all`}
          </MenuItem>
        ))}
      </Menu>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          steer.mutate('cancel');
          setAsking(false);
        }}
        title={`Cancel all ${plural(total, 'job')}?`}
        verb="Cancel all"
      >
        <p>What they downloaded so far is thrown away. To go on later, pause them instead.</p>
      </Confirm>
    </>
  );
}

const chosenOf = (jobs: Job[], chosen: ReadonlySet<string>) => {
  const count = jobs.filter((job) => chosen.has(job.id)).length;
  if (!count) return false;
  return count === jobs.length || 'indeterminate';
};

/** Jobs of a group: a line each, what can be done to all of them, and the way to older ones. */
export function JobSection(props: JobSectionProps) {
  const { group, title, jobs, query, chosen, onChoose, onlyFailed, onOnlyFailed } = props;
  const isEditor = useIsEditor();
  const total = query.data?.pages[0]?.total ?? 0;
  if (!jobs.length && !onlyFailed) return null;
  const steerable = isEditor && jobs.some((job) => VERBS[job.state].length > 0);
  return (
    <section aria-label={title} className="mb-10">
      <div className="mb-3 flex min-h-11 items-center gap-2 pr-2 sm:gap-3">
        {steerable && (
          <CheckBox
            label={`Select all that are ${title.toLowerCase()}`}
            checked={chosenOf(jobs, chosen)}
            onChange={(wanted) =>
              onChoose(
                jobs.map((job) => job.id),
                wanted,
              )
            }
            className="ml-2"
          />
        )}
        <h2 className="flex-1 text-lg">
          {title} <span className="text-faint tabular-nums">({total})</span>
        </h2>
        {onOnlyFailed && (
          <Button
            size="sm"
            look={onlyFailed ? 'glass' : 'quiet'}
            aria-pressed={onlyFailed}
            onClick={() => onOnlyFailed(!onlyFailed)}
          >
            Failed only
          </Button>
        )}
        {steerable && <ForAll group={group} title={title} total={total} />}
      </div>
      {!jobs.length && (
        <p className="card px-5 py-6 text-center text-sm text-faint">None failed.</p>
      )}
      <ul className="space-y-3">
        {jobs.map((job) => (
          <JobLine
            key={job.id}
            job={job}
            chosen={chosen.has(job.id)}
            onChoose={isEditor ? (wanted) => onChoose([job.id], wanted) : undefined}
          />
        ))}
      </ul>
      <ShowMore query={query} />
    </section>
  );
}

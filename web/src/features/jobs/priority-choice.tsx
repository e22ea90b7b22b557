import type { Job } from '@/lib/api/jobs';
import { SelectBox } from '@/ui/field';

import { usePrioritise } from './steering';

const STEPS = [
  [50, 'First of all'],
  [20, 'High'],
  [0, 'Normal'],
  [-20, 'Low'],
  [-50, 'Last of all'],
] as const;

/** When a waiting job is to start, against the others. */
export function PriorityChoice({ job }: { job: Job }) {
  const change = usePrioritise(job);
  const value = change.isPending ? change.variables : job.priority;
  const named = STEPS.some(([step]) => step === value);
  return (
    <SelectBox
      aria-label="Priority"
      className="w-40"
      value={value}
      disabled={change.isPending}
      onChange={(event) => change.mutate(Number(event.target.value))}
    >
      {!named && <option value={value}>Priority {value}</option>}
      {STEPS.map(([step, name]) => (
        <option key={step} value={step}>
          {name}
        </option>
      ))}
    </SelectBox>
  );
}

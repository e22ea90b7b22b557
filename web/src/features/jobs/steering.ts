import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Pause, Play, RotateCw, X, type LucideIcon } from 'lucide-react';

import { meQuery } from '@/lib/api/accounts';
import { messageOf } from '@/lib/api/client';
import {
  GROUPS,
  prioritiseJob,
  refreshJobs,
  rememberJob,
  steerAll,
  steerJob,
  VERBS,
  type Job,
  type JobGroup,
  type JobVerb,
} from '@/lib/api/jobs';
import { plural } from '@/lib/format';
import { atLeast } from '@/lib/roles';
import { toast } from '@/ui/toast-store';

export const VERB_FACES: Record<JobVerb, { icon: LucideIcon; label: string; past: string }> = {
  pause: { icon: Pause, label: 'Pause', past: 'paused' },
  resume: { icon: Play, label: 'Resume', past: 'resumed' },
  retry: { icon: RotateCw, label: 'Try again', past: 'started again' },
  cancel: { icon: X, label: 'Cancel', past: 'cancelled' },
};

/** True for those who see everybody's jobs and may do everything to them. */
export function useIsEditor(): boolean {
  const { data: me } = useQuery(meQuery);
  return atLeast(me?.role, 'moderator');
}

/** What one may do to a job: others than editors may end their own. */
export const verbsFor = (job: Job, isEditor: boolean): readonly JobVerb[] =>
  VERBS[job.state].filter((verb) => isEditor || verb === 'cancel');

const complain = (error: unknown) => void toast(messageOf(error), { tone: 'bad' });

/** Act on one job; what comes back is shown everywhere at once. */
export function useSteer(job: Job) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (verb: JobVerb) => steerJob(job.id, verb),
    onSuccess: (next) => rememberJob(client, next),
    onError: (error) => {
      complain(error);
      refreshJobs(client);
    },
  });
}

export function usePrioritise(job: Job) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (priority: number) => prioritiseJob(job.id, priority),
    onSuccess: (next) => rememberJob(client, next),
    onError: complain,
  });
}

/** Act on chosen jobs, one after the other, leaving out those that have moved on meanwhile. */
export function useSteerChosen() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ verb, jobs }: { verb: JobVerb; jobs: Job[] }) => {
      const able = jobs.filter((job) => VERBS[job.state].includes(verb));
      const answers = await Promise.allSettled(able.map((job) => steerJob(job.id, verb)));
      return answers.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    },
    onSuccess: (jobs, { verb }) => {
      jobs.forEach((job) => rememberJob(client, job));
      toast(`${plural(jobs.length, 'job')} ${VERB_FACES[verb].past}.`);
    },
    onSettled: () => refreshJobs(client),
  });
}

/** Act on every job of a group, also those that are not on the screen. */
export function useSteerAll(group: JobGroup) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (verb: JobVerb) =>
      steerAll(
        verb,
        GROUPS[group].filter((state) => VERBS[state].includes(verb)),
      ),
    onSuccess: ({ count }, verb) => toast(`${plural(count, 'job')} ${VERB_FACES[verb].past}.`),
    onError: complain,
    onSettled: () => refreshJobs(client),
  });
}

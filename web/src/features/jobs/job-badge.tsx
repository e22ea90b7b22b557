import type { Job } from '@/lib/api/jobs';
import { stateWord } from '@/lib/job-words';
import { Badge } from '@/ui/badge';

export function JobBadge({ job }: { job: Job }) {
  const { label, tone } = stateWord(job);
  return <Badge tone={tone}>{label}</Badge>;
}

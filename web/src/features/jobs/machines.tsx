import { useQuery } from '@tanstack/react-query';
import { Cpu, HardDrive, MemoryStick, Server } from 'lucide-react';

import { workersQuery, type Worker } from '@/lib/api/jobs';
import { ago, bytes, plural } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';

import { signOfLife } from './sign-of-life';

interface GaugeProps {
  icon: typeof Cpu;
  name: string;
  /** 0–1 */
  share: number;
  text: string;
}

function Gauge({ icon: Icon, name, share, text }: GaugeProps) {
  const full = share > 0.9;
  return (
    <div className="min-w-0 flex-1">
      <dt className="flex items-center gap-1.5 text-xs text-faint">
        <Icon aria-hidden className="size-3.5" /> {name}
      </dt>
      <dd className="mt-0.5">
        <span className={cx('block truncate text-sm tabular-nums', full && 'text-warn')}>
          {text}
        </span>
        <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-white/15">
          <span
            className={cx('block h-full rounded-full', full ? 'bg-warn' : 'bg-glow-deep')}
            style={{ width: `${Math.round(Math.min(1, share) * 100)}%` }}
          />
        </span>
      </dd>
    </div>
  );
}

function Machine({ worker }: { worker: Worker }) {
  const { load } = worker;
  const life = signOfLife(worker.beat_at);
  const used = load.disk_total - load.disk_free;
  return (
    <li className="card min-w-0 px-5 py-4">
      <p className="mb-3 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
        <Server aria-hidden className="size-4 shrink-0 text-glow" />
        <span className="min-w-0 truncate font-medium">{worker.host}</span>
        <Badge tone={life.silent ? 'warn' : 'good'}>{life.text}</Badge>
        <span className="text-xs text-faint">
          {load.jobs ? `${plural(load.jobs, 'job')} under way` : 'Idle'} · last sign of life{' '}
          {ago(worker.beat_at)}
        </span>
      </p>
      <dl className="flex gap-5">
        <Gauge icon={Cpu} name="CPU" share={load.cpu} text={`${Math.round(load.cpu * 100)} %`} />
        <Gauge
          icon={MemoryStick}
          name="Memory"
          share={load.memory_total ? load.memory_used / load.memory_total : 0}
          text={`${bytes(load.memory_total - load.memory_used)} free`}
        />
        <Gauge
          icon={HardDrive}
          name="Disk"
          share={load.disk_total ? used / load.disk_total : 0}
          text={`${bytes(load.disk_free)} free`}
        />
      </dl>
    </li>
  );
}

/** The machines that do the work, and what they are at. */
export function Machines() {
  const workers = useQuery(workersQuery);
  const items = workers.data?.items ?? [];
  if (!items.length) return null;
  return (
    <section aria-label="Machines" className="mb-10">
      <ul className={cx('grid gap-3', items.length > 1 && 'xl:grid-cols-2')}>
        {items.map((worker) => (
          <Machine key={worker.id} worker={worker} />
        ))}
      </ul>
    </section>
  );
}

import { METHODS } from '@/lib/playback/methods';

import { usePlayback } from './engine/context';
import type { EngineState } from './engine/state';
import { PlayerDialog } from './player-dialog';
import { partsOf, reasonsOf } from './why';

interface WhyPanelProps {
  state: EngineState;
  open: boolean;
  onClose: () => void;
}

/** How it plays, and why not in the simplest way. */
export function WhyPanel({ state, open, onClose }: WhyPanelProps) {
  const { root } = usePlayback();
  const { answer } = state;
  if (!answer) return null;
  const [name, sentence] = METHODS[answer.method];
  const reasons = reasonsOf(state);
  return (
    <PlayerDialog title="Why it plays like this" open={open} root={root} onClose={onClose}>
      <p className="mt-4 text-soft">
        <span className="mr-2 inline-block rounded-full border border-glow/40 px-2.5 py-0.5 text-sm font-semibold text-glow">
          {name}
        </span>
        {sentence}
      </p>
      {reasons.length > 0 && (
        <ul className="mt-4 list-disc space-y-1.5 pl-5 text-sm marker:text-faint">
          {reasons.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <dl className="mt-5 grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 border-t border-line pt-4 text-sm">
        {partsOf(state).map(([part, fate]) => (
          <div key={part} className="contents">
            <dt className="text-faint">{part}</dt>
            <dd>{fate}</dd>
          </div>
        ))}
      </dl>
    </PlayerDialog>
  );
}

import { HELP } from './keymap';
import { PlayerDialog } from './player-dialog';

interface HelpOverlayProps {
  open: boolean;
  root: HTMLElement | null;
  onClose: () => void;
}

export function HelpOverlay(props: HelpOverlayProps) {
  return (
    <PlayerDialog title="Keyboard" hotkey="?" {...props}>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-6 gap-y-2.5 text-sm sm:grid-cols-[auto_1fr_auto_1fr]">
        {HELP.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded-xs border border-line-strong bg-pane-strong px-2 py-0.5 font-sans text-xs whitespace-nowrap">
                {keys}
              </kbd>
            </dt>
            <dd className="text-soft">{meaning}</dd>
          </div>
        ))}
      </dl>
    </PlayerDialog>
  );
}

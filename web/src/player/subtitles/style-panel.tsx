import { Minus, Plus } from 'lucide-react';

import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Switch } from '@/ui/switch';

import { SidePanel } from './side-panel';
import {
  OFFSET_STEP,
  offsetText,
  resetOffset,
  restyle,
  shiftSubtitles,
  useSubtitles,
} from './store';
import {
  BACKGROUNDS,
  COLOURS,
  EDGES,
  RAISES,
  SIZES,
  styleProperties,
  USUAL,
  type CueStyle,
} from './style';
import { Choices, Slider } from './style-fields';

/** Text in the chosen style before something that looks like a picture. */
function Sample({ style }: { style: CueStyle }) {
  return (
    <div
      aria-hidden
      className="subtitle-sample relative h-28 overflow-hidden rounded-md"
      style={styleProperties(style)}
    >
      <div className="subtitle-row text-center" data-row="bottom">
        <p className="subtitle-cue">
          <span>This is how it will look</span>
        </p>
      </div>
    </div>
  );
}

function Timing({ offset }: { offset: number }) {
  return (
    <div role="group" aria-label="Timing" className="flex items-center gap-1">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium">Timing</p>
        <p className="text-xs text-faint">For subtitles that run ahead or behind (G, H)</p>
      </div>
      <IconButton
        icon={Minus}
        label={`${OFFSET_STEP} seconds earlier`}
        onClick={() => shiftSubtitles(-OFFSET_STEP)}
      />
      <button
        type="button"
        aria-live="polite"
        aria-label={`Timing ${offsetText(offset)}. Reset`}
        title="Reset"
        onClick={resetOffset}
        className="h-9 min-w-16 rounded-full text-sm tabular-nums hover:bg-pane-strong"
      >
        {offsetText(offset)}
      </button>
      <IconButton
        icon={Plus}
        label={`${OFFSET_STEP} seconds later`}
        onClick={() => shiftSubtitles(OFFSET_STEP)}
      />
    </div>
  );
}

/** Size, colour, background, edge, place and timing of text subtitles. */
export function StylePanel() {
  const { style, offset, tracks } = useSubtitles();
  const styled = tracks.some((track) => track.format === 'ass');
  return (
    <SidePanel title="Subtitle look">
      <div className="space-y-4">
        <Sample style={style} />
        <Timing offset={offset} />
        <Slider
          label="Size"
          value={style.size}
          bounds={SIZES}
          onChange={(size) => restyle({ size })}
        />
        <Choices
          label="Colour"
          value={style.colour}
          options={COLOURS}
          onChange={(colour) => restyle({ colour })}
          face={(colour) => <span className="size-6 rounded-full" style={{ background: colour }} />}
        />
        <Choices
          label="Background"
          value={style.background}
          options={BACKGROUNDS}
          onChange={(background) => restyle({ background })}
        />
        <Choices
          label="Edge"
          value={style.edge}
          options={EDGES}
          onChange={(edge) => restyle({ edge })}
        />
        <Slider
          label="Height above the edge"
          value={style.raise}
          bounds={RAISES}
          onChange={(raise) => restyle({ raise })}
        />
        {styled && (
          <Switch
            label="Plain text for styled subtitles"
            hint="Otherwise they keep the look of their makers"
            checked={style.plain}
            onChange={(plain) => restyle({ plain })}
          />
        )}
        <Button look="quiet" size="sm" onClick={() => restyle(USUAL)}>
          As usual
        </Button>
      </div>
    </SidePanel>
  );
}

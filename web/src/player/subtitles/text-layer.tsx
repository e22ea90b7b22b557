import { useEffect, type CSSProperties, type ReactNode } from 'react';

import { messageOf } from '@/lib/api/client';

import type { CueNode, CueSpan } from './cue-text';
import type { CueStyle } from './style';
import { styleProperties } from './style';
import { useCues, useShownCues } from './use-cues';
import { useNativeMirror } from './use-native-mirror';
import type { PictureBox } from './use-picture';
import type { Cue, CueRow } from './vtt';

// The eight colours that captions name by class (W3C WebVTT, section 5.1).
const CLASS_COLOURS: Record<string, string> = {
  white: '#fff',
  lime: '#0f0',
  cyan: '#0ff',
  red: '#f55',
  yellow: '#ff0',
  magenta: '#f0f',
  blue: '#66f',
  black: '#000',
};

function classStyle(span: CueSpan): CSSProperties | undefined {
  const named = span.classes.map((name) => CLASS_COLOURS[name]).find(Boolean);
  return named ? { color: named } : undefined;
}

function Span({ span }: { span: CueSpan }): ReactNode {
  const inside = <CueNodes nodes={span.children} />;
  switch (span.tag) {
    case 'b':
      return <b>{inside}</b>;
    case 'i':
      return <i>{inside}</i>;
    case 'u':
      return <u>{inside}</u>;
    case 'ruby':
      return <ruby>{inside}</ruby>;
    case 'rt':
      return <rt>{inside}</rt>;
    case 'lang':
      return <span lang={span.note}>{inside}</span>;
    default:
      return <span style={classStyle(span)}>{inside}</span>;
  }
}

export function CueNodes({ nodes }: { nodes: CueNode[] }): ReactNode {
  return nodes.map((node, index) =>
    typeof node === 'string' ? node : <Span key={index} span={node} />,
  );
}

const ROWS: CueRow[] = ['top', 'middle', 'bottom'];

function CueBox({ cue }: { cue: Cue }) {
  const { left, width, align } = cue.place;
  return (
    <p
      dir="auto"
      className="subtitle-cue"
      style={{ marginLeft: `${left}%`, width: `${width}%`, textAlign: align }}
    >
      <span>
        <CueNodes nodes={cue.nodes} />
      </span>
    </p>
  );
}

interface TextLayerProps {
  url: string;
  video: HTMLVideoElement | null;
  picture: PictureBox;
  language: string | null;
  offset: number;
  style: CueStyle;
  onFailure: (why: string) => void;
}

/** Text subtitles, drawn over the picture by the page itself. */
export function TextLayer(props: TextLayerProps) {
  const { url, video, picture, offset, style, onFailure } = props;
  const { cues, error } = useCues(url);
  const shown = useShownCues(video, cues, offset);
  useNativeMirror(video, cues, offset);
  useEffect(() => {
    if (error) onFailure(messageOf(error));
  }, [error, onFailure]);
  return (
    <div
      className="subtitle-picture"
      lang={props.language ?? undefined}
      style={{
        ...styleProperties(style),
        left: picture.left,
        top: picture.top,
        width: picture.width,
        height: picture.height,
        ...({ '--below': `${picture.below}px` } as CSSProperties),
      }}
    >
      {ROWS.map((row) => (
        <div key={row} className="subtitle-row" data-row={row}>
          {shown
            .filter((cue) => cue.place.row === row)
            .map((cue) => (
              <CueBox key={`${cue.start} ${cues.indexOf(cue)}`} cue={cue} />
            ))}
        </div>
      ))}
    </div>
  );
}

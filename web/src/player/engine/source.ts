/** How the bytes reach the video element: one of three ways, behind one face. */

import type { Refusal } from '../failure';

import type { Remedy, Trouble } from './recovery';

/** What a source can be told to play: `auto`, `source`, or the lines of a rung (`720p`). */
export type Quality = string;

export interface OfferedQuality {
  name: Quality;
  height: number;
  /** Bits a second. */
  bandwidth: number;
}

export interface SourceState {
  qualities: OfferedQuality[];
  /** What is shown now, where the source knows. */
  showing: Quality | null;
  /** The stream's number of the sound that is played, where the source knows. */
  audio: number | null;
}

export const NOTHING_KNOWN: SourceState = { qualities: [], showing: null, audio: null };

export interface SourceFigures {
  /** Bits a second that the network gave lately. */
  bandwidth: number | null;
  /** Of the segment loaded last: seconds until its first byte, and until its last. */
  segment: { wait: number; total: number; bytes: number } | null;
  codecs: string | null;
}

/** Something went wrong that the source did not mend by itself. */
export type SourceProblem =
  /** The browser does not decode it. */
  | { kind: 'decode' }
  /** It is not there, or no film that the browser knows: the server can tell which. */
  | { kind: 'unreadable' }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'trouble'; trouble: Trouble };

export interface Source {
  state: () => SourceState;
  figures: () => SourceFigures;
  /** False where it cannot: the engine then opens another source. */
  chooseQuality: (quality: Quality) => boolean;
  chooseAudio: (index: number) => boolean;
  /** Go on after a trouble; false as above. */
  mend: (remedy: Remedy) => boolean;
  destroy: () => void;
}

export interface SourceEvents {
  onChange: () => void;
  onProblem: (problem: SourceProblem) => void;
}

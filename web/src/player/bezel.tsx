import { useEffect, useState } from 'react';

export interface BezelNote {
  text: string;
  /** Changes with every note, so that the same text shows again. */
  serial: number;
}

/** Milliseconds that a word is shown, and a sentence. */
const SHOWN = { word: 900, sentence: 4500 };
const LONG = 20;

/** A word in the middle of the picture on what a key has just done. */
export function Bezel({ note }: { note: BezelNote | null }) {
  const [gone, setGone] = useState(0);
  useEffect(() => {
    if (!note) return;
    const timer = setTimeout(
      () => setGone(note.serial),
      note.text.length > LONG ? SHOWN.sentence : SHOWN.word,
    );
    return () => clearTimeout(timer);
  }, [note]);
  const shown = note && note.serial !== gone;
  return (
    <div
      className="pointer-events-none absolute inset-x-0 top-[18%] z-20 flex justify-center"
      role="status"
    >
      {shown && (
        <span
          key={note.serial}
          className="glass-high animate-pop rounded-full px-5 py-2 font-display text-lg font-semibold tabular-nums"
        >
          {note.text}
        </span>
      )}
    </div>
  );
}

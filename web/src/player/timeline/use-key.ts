import { useEffect } from 'react';

import { isClaimed } from '../use-player-keys';

/** Do something when a letter is pressed anywhere in the player, unless what has the focus needs it. */
export function useKey(letter: string, action: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isClaimed(event)) return;
      if (event.key.toLowerCase() !== letter) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [letter, action]);
}

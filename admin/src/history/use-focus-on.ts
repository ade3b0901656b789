import { useEffect, useState } from 'react';
import { type Change } from '../api';
import { elementIdOf, importElementIdOf } from './change';

/** Puts the focus on the entry of a change when it is next drawn, after a dialog has given the focus back. */
export function useFocusOn(): (change: Change) => void {
  const [wanted, setWanted] = useState<Change>();
  useEffect(() => {
    if (wanted === undefined) return;
    const timer = setTimeout(() => {
      const element =
        document.getElementById(elementIdOf(wanted)) ?? document.getElementById(importElementIdOf(wanted));
      // A list that has just been read may be drawn a moment later.
      if (!element) return;
      element.focus({ preventScroll: true });
      setWanted(undefined);
    });
    return () => {
      clearTimeout(timer);
    };
  });
  return setWanted;
}

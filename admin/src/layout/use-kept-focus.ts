import { type RefObject, useEffect, useRef } from 'react';

/**
 * For a button that is disabled while it works: the browser takes the focus from it, and it gets it back afterwards. In a
 * dialog, the dialog has the focus in between.
 */
export function useKeptFocus(isBusy: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && !isBusy && document.activeElement?.contains(button.current))
      button.current?.focus();
    wasBusy.current = isBusy;
  }, [isBusy]);
  return button;
}

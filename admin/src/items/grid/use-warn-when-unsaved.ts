import { useEffect } from 'react';
import { useBlocker, useTranslate } from 'react-admin';
import { unsavedWork } from '../../unsaved-work';
import { type GridEdits } from './grid-edits';

/**
 * Asks before values are lost that are not saved: when the tab closes, and when another page of the panel opens. Pages of
 * the same list may be turned, because the values are kept.
 */
export function useWarnWhenUnsaved(edits: GridEdits): void {
  const { isUnsaved, saving, refused } = edits.useSummary();
  const translate = useTranslate();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      edits.readSummary().isUnsaved && currentLocation.pathname !== nextLocation.pathname,
  );
  const isBlocked = blocker.state === 'blocked';
  // What is only on its way arrives in a moment, and then there is nothing to ask.
  const isWaiting = isBlocked && saving > 0 && refused === 0;

  useEffect(() => {
    if (!isBlocked || isWaiting) return;
    if (!isUnsaved || window.confirm(translate('ra.message.unsaved_changes'))) blocker.proceed();
    else blocker.reset();
    // The blocker is no dependency, because it is another object at each rendering.
  }, [isBlocked, isWaiting]);

  useEffect(() => unsavedWork.add(() => edits.readSummary().isUnsaved), [edits]);

  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
    };
  }, [isUnsaved]);
}

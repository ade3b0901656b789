import { type ReactNode, useState } from 'react';
import { type Change } from '../api';
import { readAgainAfterUndo } from './undo';
import { UndoDialog } from './undo-dialog';
import { UndoneNotice } from './undone-notice';
import { useFocusOn } from './use-focus-on';

interface Undo {
  ask: (change: Change) => void;
  /** what an undo of it has done */
  noticeOf: (change: Change) => ReactNode;
  dialog: ReactNode;
}

/**
 * The undo of the changes of a list.
 *
 * @param onUndone says whether the page goes, because what it is about does not exist any more
 */
export function useUndo(onUndone?: (change: Change, name: string) => boolean): Undo {
  const [asked, setAsked] = useState<Change>();
  const [undone, setUndone] = useState<{ change: Change; name: string }>();
  const focus = useFocusOn();
  const afterUndo = (change: Change, name: string) => {
    setAsked(undefined);
    if (!onUndone?.(change, name)) {
      setUndone({ change, name });
      focus(change);
    }
    void readAgainAfterUndo();
  };
  return {
    ask: setAsked,
    noticeOf: ({ id }) => undone?.change.id === id && <UndoneNotice {...undone} />,
    dialog: asked && (
      <UndoDialog
        key={asked.id}
        change={asked}
        onClose={() => {
          setAsked(undefined);
        }}
        onUndone={afterUndo}
        onRefused={() => void readAgainAfterUndo()}
      />
    ),
  };
}

import { useLayoutEffect, useMemo, useRef } from 'react';
import { type Item } from '../../api';
import { type Way } from './cell-editor';

/** What the rows call. */
export interface RowActions {
  toggle: (id: number) => void;
  openTags: (item: Item) => void;
  endEditing: (way: Way, hasFocus: boolean) => void;
  pasteColumn: (text: string) => void;
}

/** The same object as long as the grid is there, so that only rows that change are drawn again. */
export function useRowActions(actions: RowActions): RowActions {
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  return useMemo(
    () => ({
      toggle: (id) => {
        latest.current.toggle(id);
      },
      openTags: (item) => {
        latest.current.openTags(item);
      },
      endEditing: (way, hasFocus) => {
        latest.current.endEditing(way, hasFocus);
      },
      pasteColumn: (text) => {
        latest.current.pasteColumn(text);
      },
    }),
    [],
  );
}

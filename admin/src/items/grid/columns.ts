import { useMediaQuery } from '@mui/material';
import { useMemo } from 'react';

/** A column whose values are changed in place. */
export type EditableColumn = 'name' | 'price';
export type Column = EditableColumn | 'select' | 'sku' | 'store_id' | 'tags' | 'updated_at' | 'open';

export function isEditable(column: Column | undefined): column is EditableColumn {
  return column === 'name' || column === 'price';
}

/** Columns that the list can be ordered by. */
export const SORTABLE: ReadonlySet<Column> = new Set(['name', 'price', 'updated_at']);

/** As many columns as the window has room for. */
export function useColumns(isOneStore: boolean): readonly Column[] {
  const isSmall = useMediaQuery((theme) => theme.breakpoints.up('sm'));
  const isMedium = useMediaQuery((theme) => theme.breakpoints.up('md'));
  const isLarge = useMediaQuery((theme) => theme.breakpoints.up('lg'));
  return useMemo(() => {
    const shown: [Column, boolean][] = [
      ['select', true],
      ['name', true],
      ['sku', isMedium],
      ['store_id', isMedium && !isOneStore],
      ['price', true],
      ['tags', isSmall],
      ['updated_at', isLarge],
      ['open', true],
    ];
    return shown.filter(([, isShown]) => isShown).map(([column]) => column);
  }, [isSmall, isMedium, isLarge, isOneStore]);
}

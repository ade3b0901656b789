import { Box, Button, Stack, useMediaQuery } from '@mui/material';
import { useState } from 'react';
import { usePermissions, useTranslate } from 'react-admin';
import { type ItemFilter, useItemFilter } from '../item-filter';
import { MatchFilter } from './match-filter';
import { PriceFilter } from './price-filter';
import { SearchField } from './search-field';
import { StoreFilter } from './store-filter';
import { TagFilter } from './tag-filter';
import { WithoutTagFilter } from './without-tag-filter';

const NOTHING: ItemFilter = {
  q: undefined,
  tag_id: undefined,
  tag_match: undefined,
  without_tag: undefined,
  min_price: undefined,
  max_price: undefined,
};

/** On a phone all but the search and the store is folded away until it is asked for. */
export function ItemFilters() {
  const [filter, change] = useItemFilter();
  const { permissions } = usePermissions<string>();
  const translate = useTranslate();
  const isNarrow = useMediaQuery((theme) => theme.breakpoints.down('sm'));
  const [isOpen, setOpen] = useState(false);
  /** how often all filters were removed: what is no price is not in the filter, and goes with the field */
  const [clearings, setClearings] = useState(0);
  const isFiltered = Object.keys(filter).some(
    (member) => member in NOTHING || (member === 'store_id' && permissions === 'admin'),
  );
  return (
    <Box role="search" sx={{ padding: 2, paddingBottom: 1 }}>
      <Box sx={FIELDS}>
        <SearchField />
        <StoreFilter />
        {(!isNarrow || isOpen) && (
          <>
            <TagFilter />
            <MatchFilter />
            <WithoutTagFilter />
            <PriceFilter key={`min ${clearings}`} source="min_price" />
            <PriceFilter key={`max ${clearings}`} source="max_price" />
          </>
        )}
      </Box>
      <Stack direction="row" sx={{ gap: 1, flexWrap: 'wrap' }}>
        {isNarrow && (
          <Button
            size="small"
            aria-expanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            {translate(isOpen ? 'emporium.items.fewer_filters' : 'emporium.items.more_filters')}
          </Button>
        )}
        {isFiltered && (
          <Button
            size="small"
            onClick={() => {
              setClearings(clearings + 1);
              change({ ...NOTHING, ...(permissions === 'admin' ? { store_id: undefined } : {}) });
            }}
          >
            {translate('emporium.items.clear_filters')}
          </Button>
        )}
      </Stack>
    </Box>
  );
}

const FIELDS = {
  display: 'flex',
  flexWrap: 'wrap',
  columnGap: 2,
  rowGap: 0.5,
  alignItems: 'flex-start',
  '& > *': { flex: '1 1 200px', minWidth: 0 },
  '& > .wide': { flexBasis: 220 },
  '& > .narrow': { flexBasis: 160 },
};

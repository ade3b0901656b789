import { Box, Stack, Typography } from '@mui/material';
import {
  CreateButton,
  DataTable,
  DateField,
  FilterLiveSearch,
  ListContextProvider,
  Title,
  useListController,
  useTranslate,
} from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { type Tag } from '../api';
import { ListFault } from '../layout/list-fault';
import { ListPages } from '../layout/pages';
import { RowLink } from '../layout/row-link';
import { useIsWide } from '../layout/use-is-wide';
import { useDefaultStore } from '../stores/default-store';
import { NoStore, useHasNoStore } from '../stores/no-store';
import { useMayWrite } from '../stores/use-may-write';
import { StoreSelect } from '../stores/store-select';
import { DeleteTagButton } from './delete-tag-button';
import { storeIdOf } from './store-id-of';

/** Tags belong to a store, so one is always chosen; at first it is the first by name. */
export function TagList() {
  const translate = useTranslate();
  const [parameters, setParameters] = useSearchParams();
  const asked = storeIdOf(parameters);
  const first = useDefaultStore(asked === undefined);
  const storeId = asked ?? first ?? undefined;
  const mayWrite = useMayWrite(storeId) ?? false;
  return (
    <Box sx={{ paddingTop: 2 }}>
      <Title defaultTitle={translate('resources.tags.name', { smart_count: 2 })} />
      <Stack direction="row" sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center' }}>
        <StoreSelect
          value={storeId}
          onChange={(id) => {
            if (id !== undefined) setParameters({ filter: JSON.stringify({ store_id: id }) });
          }}
        />
        {storeId !== undefined && mayWrite && (
          <CreateButton state={{ record: { store_id: storeId } }} sx={{ marginLeft: 'auto' }} />
        )}
      </Stack>
      {storeId === undefined ? (
        <NoStoreChosen />
      ) : (
        <TagsOfStore key={storeId} storeId={storeId} mayWrite={mayWrite} />
      )}
    </Box>
  );
}

function NoStoreChosen() {
  const translate = useTranslate();
  if (useHasNoStore()) return <NoStore />;
  return <Typography sx={{ marginTop: 2 }}>{translate('emporium.tags.choose_store')}</Typography>;
}

function TagsOfStore({ storeId, mayWrite }: { storeId: number; mayWrite: boolean }) {
  const list = useListController<Tag>({
    resource: 'tags',
    filter: { store_id: storeId },
    sort: { field: 'name', order: 'ASC' },
    storeKey: `tags.of.${storeId}`,
    exporter: false,
  });
  const isWide = useIsWide();
  return (
    <ListContextProvider value={list}>
      <Box sx={{ maxWidth: 320, marginTop: 1 }}>
        <FilterLiveSearch source="q" />
      </Box>
      <ListFault />
      {!list.error && (
        <DataTable bulkActionButtons={false} rowClick="edit" sx={{ bgcolor: 'background.paper' }}>
          <DataTable.Col source="name">
            <RowLink source="name" />
          </DataTable.Col>
          {isWide && (
            <DataTable.Col source="updated_at" disableSort>
              <DateField source="updated_at" />
            </DataTable.Col>
          )}
          <DataTable.Col label={false} align="right">
            {mayWrite && <DeleteTagButton />}
          </DataTable.Col>
        </DataTable>
      )}
      {!list.error && <ListPages />}
    </ListContextProvider>
  );
}

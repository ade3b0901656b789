import { Alert, Box, Card, CardContent, Stack, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, useState } from 'react';
import { CreateButton, Loading, Title, useLocaleState, usePermissions, useTranslate } from 'react-admin';
import { type Store } from '../api';
import { ReadFault } from '../layout/read-fault';
import { countItemsOf } from '../stores/count-items';
import { useOwnStores } from '../stores/own-stores';
import { StoreSelect } from '../stores/store-select';
import { ChartBoundary } from './chart-boundary';
import { BARS, countAllItems, countUsers, readPrices, readStores } from './figures';
import { NumbersTable } from './numbers-table';

// The library for charts is large, and only this page needs it.
const ItemsChart = lazy(() => import('./items-chart'));
const PricesChart = lazy(() => import('./prices-chart'));

export function DashboardPage() {
  const translate = useTranslate();
  const own = useOwnStores();
  const { data, isError, refetch } = useQuery({
    queryKey: ['dashboard', 'stores', own],
    queryFn: async () => readStores(own ?? {}),
    enabled: own !== undefined,
  });
  return (
    <Box sx={{ paddingY: 2 }}>
      <Title title={translate('emporium.dashboard.title')} />
      {data && data.total > 0 && <Figures stores={data.stores} total={data.total} />}
      {data?.total === 0 && (
        <Stack sx={{ alignItems: 'flex-start', gap: 1 }}>
          <Typography>{translate('emporium.dashboard.nothing')}</Typography>
          <CreateButton
            resource="stores"
            variant="contained"
            label={translate('emporium.dashboard.first_store')}
          />
        </Stack>
      )}
      {!data && !isError && <Loading />}
      {!data && isError && <ReadFault onRetry={() => void refetch()} />}
    </Box>
  );
}

function Figures({ stores, total }: { stores: Store[]; total: number }) {
  const translate = useTranslate();
  const { permissions } = usePermissions<string>();
  const isAdmin = permissions === 'admin';
  const { data: byStore, isError } = useQuery({
    queryKey: ['dashboard', 'items', stores.map(({ id }) => id)],
    queryFn: () => countItemsOf(stores),
  });
  const { data: all } = useQuery({
    queryKey: ['dashboard', 'all-items'],
    queryFn: countAllItems,
    enabled: isAdmin,
  });
  const { data: users } = useQuery({
    queryKey: ['dashboard', 'users'],
    queryFn: countUsers,
    enabled: isAdmin,
  });
  const sum = byStore?.reduce((items, store) => items + store.items, 0);
  // Only the first stores are looked at.
  const items = isAdmin ? all : sum;
  const isAtLeast = !isAdmin && total > stores.length;
  const largest = [...(byStore ?? [])].sort((one, other) => other.items - one.items).slice(0, BARS);
  return (
    <Stack sx={{ gap: 2 }}>
      <Stack direction="row" sx={{ gap: 2, flexWrap: 'wrap' }}>
        <Count name={translate('emporium.dashboard.stores')} value={total} />
        <Count name={translate('emporium.dashboard.items')} value={items} isAtLeast={isAtLeast} />
        {isAdmin && <Count name={translate('emporium.dashboard.users')} value={users} />}
      </Stack>
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'repeat(2, minmax(0, 1fr))' },
        }}
      >
        <Section id="items-by-store" title={translate('emporium.dashboard.items_by_store')}>
          {isError && !byStore && <NotRead />}
          <ChartBoundary>
            <ItemsChart rows={largest} />
          </ChartBoundary>
          {total > BARS && (
            <Typography variant="body2" color="textSecondary">
              {translate('emporium.dashboard.largest', { smart_count: BARS })}
            </Typography>
          )}
          <NumbersTable rows={largest} columns={['items']} />
        </Section>
        <Prices first={stores[0]?.id} />
      </Box>
    </Stack>
  );
}

function Prices({ first }: { first: number | undefined }) {
  const translate = useTranslate();
  const [storeId, setStoreId] = useState(first);
  const { data: prices, isError } = useQuery({
    queryKey: ['dashboard', 'prices', storeId],
    queryFn: () => readPrices(storeId ?? 0),
    enabled: storeId !== undefined,
  });
  return (
    <Section id="prices-by-tag" title={translate('emporium.dashboard.prices_by_tag')}>
      <StoreSelect value={storeId} onChange={setStoreId} />
      {isError && !prices && <NotRead />}
      {prices?.length === 0 ? (
        <Typography sx={{ marginTop: 2 }}>{translate('emporium.dashboard.nothing')}</Typography>
      ) : (
        <ChartBoundary>
          <PricesChart rows={prices ?? []} />
        </ChartBoundary>
      )}
      <NumbersTable rows={prices ?? []} columns={['items', 'lowest', 'median', 'highest']} />
    </Section>
  );
}

/** What could not be read is read again as soon as the server answers. */
function NotRead() {
  const translate = useTranslate();
  return (
    <Alert severity="error" sx={{ marginY: 1 }}>
      {translate('emporium.not_read')}
    </Alert>
  );
}

function Count({
  name,
  value,
  isAtLeast = false,
}: {
  name: string;
  value: number | undefined;
  isAtLeast?: boolean;
}) {
  const [locale] = useLocaleState();
  return (
    <Card component="dl" sx={{ minWidth: 120, flexGrow: 1, maxWidth: 220, margin: 0 }}>
      <CardContent>
        <Typography component="dt" color="textSecondary">
          {name}
        </Typography>
        <Typography component="dd" variant="h4" sx={{ margin: 0 }}>
          {isAtLeast && '≥ '}
          {value?.toLocaleString(locale) ?? '…'}
        </Typography>
      </CardContent>
    </Card>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Card component="section" aria-labelledby={id}>
      <CardContent>
        <Typography id={id} component="h2" variant="h6" gutterBottom>
          {title}
        </Typography>
        {children}
      </CardContent>
    </Card>
  );
}

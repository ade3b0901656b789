import { Link, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { Link as RouterLink, useParams } from 'react-router-dom';
import { api } from '../api';
import { asUser } from '../as-user';
import { Frame } from './frame';
import { type Import, isMoving, kindOf, wroteNothing } from './import';
import { PER_PAGE, RowPages } from './row-pages';
import { TableFrame } from './table-frame';
import { useTextsOf } from './use-texts-of';

const INTERVAL = 2000;

const MEMBERS = ['rows', 'inserted', 'updated', 'deleted', 'unchanged', 'failed'] as const;

/** The imports of a store, the latest first. */
export default function ImportsPage() {
  const translate = useTranslate();
  const storeId = Number(useParams().id);
  const [page, setPage] = useState(1);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['imports', 'list', storeId, page],
    queryFn: () => asUser(() => api.imports.listOfStore({ id: storeId, page, limit: PER_PAGE, count: true })),
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: ({ state }) => state.data?.rows.some(isMoving) === true && INTERVAL,
  });
  return (
    <Frame storeId={storeId} title="title">
      <TableFrame
        label={translate('emporium.stores.open_imports')}
        isFetching={isFetching && !data}
        error={error}
        onRetry={() => void refetch()}
      >
        {data && data.rows.length > 0 && <ImportTable imports={data.rows} />}
      </TableFrame>
      {data?.rows.length === 0 && (
        <Typography color="textSecondary">{translate('emporium.imports.none')}</Typography>
      )}
      <RowPages page={page} total={data?.total ?? 0} onChange={setPage} />
    </Frame>
  );
}

function ImportTable({ imports }: { imports: readonly Import[] }) {
  const translate = useTranslate();
  const [language] = useLocaleState();
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <Table size="small">
      <TableHead>
        <TableRow>
          <TableCell>{translate('emporium.imports.import')}</TableCell>
          <TableCell>{translate('emporium.imports.kind')}</TableCell>
          <TableCell>{translate('emporium.imports.state')}</TableCell>
          {MEMBERS.map((member) => (
            <TableCell key={member} align="right">
              {translate(`emporium.imports.counts.${member}`)}
            </TableCell>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {imports.map((each) => (
          <TableRow key={each.id}>
            <TableCell sx={{ whiteSpace: 'nowrap' }}>
              <Link component={RouterLink} to={`/stores/${each.store_id}/imports/${each.id}`}>
                #{each.id}, {time.format(new Date(each.created_at))}
              </Link>
            </TableCell>
            <TableCell>{translate(`emporium.imports.kinds.${kindOf(each)}`)}</TableCell>
            <StateCell of={each} />
            {MEMBERS.map((member) => (
              <TableCell key={member} align="right">
                {isShown(each, member) ? each[member].toLocaleString(language) : '–'}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** Of what has written nothing only its rows are counted. */
const isShown = (of: Import, member: (typeof MEMBERS)[number]) =>
  !wroteNothing(of) || member === 'rows' || member === 'failed';

function StateCell({ of }: { of: Import }) {
  const say = useTextsOf(of);
  return <TableCell>{say(`states.${of.state}`)}</TableCell>;
}

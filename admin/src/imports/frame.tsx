import ItemIcon from '@mui/icons-material/Inventory2';
import UploadIcon from '@mui/icons-material/UploadFile';
import { Box, Button, Card, CardContent } from '@mui/material';
import { type ReactNode } from 'react';
import { Title, TopToolbar, useGetOne, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { type Store } from '../api';
import { linkToList } from '../layout/link-to-list';

interface FrameProps {
  storeId: number;
  /** the key of a text with the name of the store in it */
  title: 'title' | 'title_new' | 'title_one' | 'title_edit';
  id?: number;
  children: ReactNode;
}

/** What the pages of imports have in common. */
export function Frame({ storeId, title, id, children }: FrameProps) {
  const translate = useTranslate();
  const { data: store } = useGetOne<Store>('stores', { id: storeId }, { retry: false });
  return (
    <Box sx={{ width: '100%', maxWidth: 1100 }}>
      <Title
        title={
          store
            ? translate(`emporium.imports.${title}`, { name: store.name, id })
            : translate('emporium.stores.open_imports')
        }
      />
      <TopToolbar>
        <Button
          component={Link}
          to={linkToList('items', { store_id: storeId })}
          size="small"
          startIcon={<ItemIcon />}
        >
          {translate('emporium.stores.open_items')}
        </Button>
        {title !== 'title' && (
          <Button component={Link} to={`/stores/${storeId}/imports`} size="small">
            {translate('emporium.imports.all')}
          </Button>
        )}
        {title !== 'title_new' && (
          <Button
            component={Link}
            to={`/stores/${storeId}/imports/new`}
            size="small"
            startIcon={<UploadIcon />}
          >
            {translate('emporium.stores.import_file')}
          </Button>
        )}
      </TopToolbar>
      <Card>
        <CardContent>{children}</CardContent>
      </Card>
    </Box>
  );
}

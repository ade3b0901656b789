import UploadIcon from '@mui/icons-material/UploadFile';
import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useMayWrite } from '../stores/use-may-write';

interface ImportButtonProps {
  storeId: number | undefined;
  /** whether it leads to the list of imports, and not to a new one */
  isList?: boolean;
}

/** For those who may import into the store. */
export function ImportButton({ storeId, isList = false }: ImportButtonProps) {
  const translate = useTranslate();
  const mayWrite = useMayWrite(storeId);
  if (storeId === undefined || !mayWrite) return null;
  return (
    <Button
      component={Link}
      size="small"
      startIcon={<UploadIcon />}
      to={`/stores/${storeId}/imports${isList ? '' : '/new'}`}
    >
      {translate(`emporium.stores.${isList ? 'open_imports' : 'import_file'}`)}
    </Button>
  );
}

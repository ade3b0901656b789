import AddIcon from '@mui/icons-material/Add';
import DeleteIcon from '@mui/icons-material/Delete';
import EditIcon from '@mui/icons-material/Edit';
import LinkIcon from '@mui/icons-material/Link';
import UnlinkIcon from '@mui/icons-material/LinkOff';
import ImportIcon from '@mui/icons-material/UploadFile';
import { Box } from '@mui/material';
import { type Action } from './change';

export type IconName = Action | 'import';

const ICONS: Readonly<Record<IconName, typeof AddIcon>> = {
  create: AddIcon,
  update: EditIcon,
  delete: DeleteIcon,
  link: LinkIcon,
  unlink: UnlinkIcon,
  import: ImportIcon,
};

/** Stands on the line of the timeline. The text beside it says the same. */
export function EntryIcon({ name }: { name: IconName }) {
  const Icon = ICONS[name];
  return (
    <Box
      aria-hidden
      sx={{
        flex: 'none',
        display: 'flex',
        alignItems: 'center',
        justifyContent: 'center',
        width: 32,
        height: 32,
        borderRadius: '50%',
        border: 1,
        borderColor: 'divider',
        backgroundColor: 'background.paper',
        color: name === 'delete' ? 'error.main' : 'primary.main',
      }}
    >
      <Icon fontSize="small" />
    </Box>
  );
}

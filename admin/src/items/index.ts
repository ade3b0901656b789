import ItemIcon from '@mui/icons-material/Inventory2';
import { ListGuesser } from 'react-admin';

export const items = { icon: ItemIcon, list: ListGuesser, recordRepresentation: 'name' };

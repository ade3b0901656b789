import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { ItemTags } from './item-tags';

export function TagsDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  const translate = useTranslate();
  return (
    <Dialog open fullWidth maxWidth="xs" aria-labelledby="tags-title" onClose={onClose}>
      <DialogTitle id="tags-title">
        {translate('emporium.items.tag_field.title', { name: item.name })}
      </DialogTitle>
      <DialogContent>
        <ItemTags itemId={item.id} autoFocus />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{translate('emporium.close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

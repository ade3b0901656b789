import DeleteIcon from '@mui/icons-material/Delete';
import { Button } from '@mui/material';
import { type MouseEvent, useState } from 'react';
import {
  useDelete,
  useNotify,
  useRecordContext,
  useRedirect,
  useResourceContext,
  useTranslate,
} from 'react-admin';
import { Link } from 'react-router-dom';
import { api, type Tag } from '../api';
import { asUser } from '../as-user';
import { DangerDialog } from '../layout/danger-dialog';
import { keepFromRow } from '../layout/keep-from-row';
import { linkToList } from '../layout/link-to-list';
import { Cancelled, PanelError } from '../panel-error';
import { linkToTags } from './link-to-tags';

/** How many items carry a tag. */
async function countItems({ id, store_id: storeId }: Tag): Promise<number> {
  const page = await asUser(() => api.items.list({ store_id: storeId, tag_id: [id], limit: 1, count: true }));
  return page.total ?? 0;
}

/** A tag that items carry is not deleted: the dialog tells how many there are, and leads to them. */
export function DeleteTagButton() {
  const tag = useRecordContext<Tag>();
  const resource = useResourceContext();
  const translate = useTranslate();
  const notify = useNotify();
  const redirect = useRedirect();
  const [uses, setUses] = useState<number>();
  const [deleteOne, { isPending }] = useDelete();
  if (!tag) return null;

  const tell = (error: unknown) => {
    if (!(error instanceof Cancelled))
      notify(error instanceof Error ? error.message : String(error), { type: 'error' });
  };
  const open = (event: MouseEvent) => {
    // The row behind the button leads to the tag.
    keepFromRow(event);
    countItems(tag).then(setUses, tell);
  };
  const close = () => {
    setUses(undefined);
  };
  const remove = () => {
    void deleteOne(
      resource,
      { id: tag.id, previousData: tag },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          close();
          notify('ra.notification.deleted', { messageArgs: { smart_count: 1 } });
          redirect(`/${linkToTags(tag)}`);
        },
        onError: (error) => {
          // Somebody has linked it after it was counted.
          if (error instanceof PanelError && error.code === 'tag_in_use') countItems(tag).then(setUses, tell);
          else {
            close();
            tell(error);
          }
        },
      },
    );
  };

  const isInUse = uses !== undefined && uses > 0;
  return (
    <>
      <Button
        color="error"
        size="small"
        startIcon={<DeleteIcon />}
        aria-label={`${translate('ra.action.delete')}: ${tag.name}`}
        onClick={open}
      >
        {translate('ra.action.delete')}
      </Button>
      {uses !== undefined && (
        <DangerDialog
          title={translate(isInUse ? 'emporium.tags.in_use_title' : 'emporium.tags.delete_title', {
            name: tag.name,
          })}
          {...(isInUse && {
            text: translate('emporium.tags.in_use', { smart_count: uses }),
            cancelLabel: translate('emporium.close'),
          })}
          onCancel={close}
        >
          {isInUse ? (
            <Button
              variant="contained"
              component={Link}
              to={linkToList('items', { store_id: tag.store_id, tag_id: [tag.id] })}
            >
              {translate('emporium.tags.list_items')}
            </Button>
          ) : (
            <Button variant="contained" color="error" disabled={isPending} onClick={remove}>
              {translate('ra.action.delete')}
            </Button>
          )}
        </DangerDialog>
      )}
    </>
  );
}

import DeleteIcon from '@mui/icons-material/Delete';
import { Button } from '@mui/material';
import { useState } from 'react';
import {
  useDelete,
  useNotify,
  useRecordContext,
  useRedirect,
  useResourceContext,
  useTranslate,
} from 'react-admin';
import { useFormContext } from 'react-hook-form';
import { Cancelled } from '../panel-error';
import { DangerDialog } from './danger-dialog';

export interface DeleteWithQuestionProps {
  title: string;
  text: string;
  /** what comes then, if it is not the list */
  onDeleted?: (() => void) | undefined;
}

/** Deletes what the form around it shows, after a question. */
export function DeleteWithQuestion({ title, text, onDeleted }: DeleteWithQuestionProps) {
  const record = useRecordContext();
  const resource = useResourceContext();
  const form = useFormContext();
  const translate = useTranslate();
  const notify = useNotify();
  const redirect = useRedirect();
  const [isAsking, setAsking] = useState(false);
  const [deleteOne, { isPending }] = useDelete();
  const close = () => {
    setAsking(false);
  };
  const leave = () => {
    notify('ra.notification.deleted', { messageArgs: { smart_count: 1 } });
    // What was typed is gone with it, and must not keep the person here.
    form.reset(undefined, { keepValues: true });
    redirect('list', resource);
  };
  const remove = () => {
    void deleteOne(
      resource,
      { id: record?.id, previousData: record },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          close();
          (onDeleted ?? leave)();
        },
        onError: (error) => {
          close();
          if (!(error instanceof Cancelled))
            notify(error instanceof Error ? error.message : String(error), { type: 'error' });
        },
      },
    );
  };
  return (
    <>
      <Button
        color="error"
        size="small"
        startIcon={<DeleteIcon />}
        onClick={() => {
          setAsking(true);
        }}
      >
        {translate('ra.action.delete')}
      </Button>
      {isAsking && (
        <DangerDialog title={title} text={text} onCancel={close}>
          <Button variant="contained" color="error" disabled={isPending} onClick={remove}>
            {translate('ra.action.delete')}
          </Button>
        </DangerDialog>
      )}
    </>
  );
}

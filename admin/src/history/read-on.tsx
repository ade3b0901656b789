import { Alert, Button, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Cancelled } from '../panel-error';
import { type ReadChanges } from './use-changes';
import { useFocusOn } from './use-focus-on';

interface ReadOnProps {
  read: ReadChanges;
  /** what to say if there are none */
  nothing: string;
  /** what to say after the last one */
  end: string | undefined;
}

/** What is below a list of changes: why it could not be read, or the way to more of them. */
export function ReadOn({ read, nothing, end }: ReadOnProps) {
  const translate = useTranslate();
  const { data, error, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = read;
  const focus = useFocusOn();
  const shown = data?.pages.reduce((sum, { rows }) => sum + rows.length, 0) ?? 0;
  const loadMore = async () => {
    const { data: all } = await fetchNextPage();
    const first = all?.pages.flatMap(({ rows }) => rows)[shown];
    // The button can be gone, and with it the place where the keyboard was.
    if (first) focus(first);
  };
  return (
    <>
      {error && !(error instanceof Cancelled) && (
        <Alert
          severity="error"
          sx={{ marginTop: 2 }}
          action={
            <Button
              color="inherit"
              size="small"
              onClick={() => void (data && hasNextPage ? fetchNextPage() : refetch())}
            >
              {translate('emporium.retry')}
            </Button>
          }
        >
          {translate('emporium.not_read')} {error.message}
        </Alert>
      )}
      {data && shown === 0 && (
        <Typography color="textSecondary" sx={{ paddingY: 3 }}>
          {nothing}
        </Typography>
      )}
      {hasNextPage ? (
        <Button
          variant="outlined"
          loading={isFetchingNextPage}
          sx={{ marginY: 2 }}
          onClick={() => void loadMore()}
        >
          {translate('emporium.history.more')}
        </Button>
      ) : (
        shown > 0 &&
        end !== undefined && (
          <Typography variant="body2" color="textSecondary" sx={{ marginY: 2 }}>
            {end}
          </Typography>
        )
      )}
    </>
  );
}

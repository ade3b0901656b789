import { Box, Card, CardContent, Typography } from '@mui/material';
import { type ReactNode } from 'react';
import { Title, TopToolbar, useTranslate } from 'react-admin';

interface HistoryFrameProps {
  /** what the history is of; undefined as long as it is not known */
  name: string | undefined;
  intro: string;
  links: ReactNode;
  children: ReactNode;
}

/** What the pages of a history have in common. */
export function HistoryFrame({ name, intro, links, children }: HistoryFrameProps) {
  const translate = useTranslate();
  const title =
    name === undefined ? translate('emporium.history.open') : translate('emporium.history.title', { name });
  return (
    <Box sx={{ width: '100%', maxWidth: 860 }}>
      <Title title={title} />
      <TopToolbar>{links}</TopToolbar>
      <Card>
        <CardContent>
          <Typography variant="body2" color="textSecondary">
            {intro}
          </Typography>
          {children}
        </CardContent>
      </Card>
    </Box>
  );
}

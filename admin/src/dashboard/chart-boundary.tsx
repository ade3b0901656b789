import { Typography } from '@mui/material';
import { Component, type ReactNode, Suspense } from 'react';
import { Loading, Translate } from 'react-admin';

/** Keeps a chart that cannot be loaded or drawn from taking the page away: its numbers stand in the table below. */
export class ChartBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return <Suspense fallback={<Loading />}>{this.props.children}</Suspense>;
    return (
      <Typography color="textSecondary" sx={{ marginY: 2 }}>
        <Translate i18nKey="emporium.dashboard.no_chart" />
      </Typography>
    );
  }
}

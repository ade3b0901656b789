import { type ReactNode } from 'react';
import { Layout } from 'react-admin';
import { ConnectionBanner } from '../connection/connection-banner';
import { PanelAppBar } from './app-bar';
import { Dialogs } from './dialogs';
import { PanelMenu } from './menu';

export function PanelLayout({ children }: { children: ReactNode }) {
  return (
    <Layout
      appBar={PanelAppBar}
      menu={PanelMenu}
      sx={{ minWidth: 0, '& .RaLayout-content': { minWidth: 0 } }}
    >
      <ConnectionBanner />
      <Dialogs />
      {children}
    </Layout>
  );
}

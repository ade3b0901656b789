import { type ReactNode } from 'react';
import { Layout } from 'react-admin';
import { ConnectionBanner } from '../connection/connection-banner';
import { PanelAppBar } from './app-bar';
import { Dialogs } from './dialogs';
import { PanelMenu } from './menu';

/** The dialogs stand outside, because a page that fails takes all that is inside away. */
export function PanelLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <Dialogs />
      <Layout
        appBar={PanelAppBar}
        menu={PanelMenu}
        sx={{ minWidth: 0, '& .RaLayout-content': { minWidth: 0 } }}
      >
        <ConnectionBanner />
        {children}
      </Layout>
    </>
  );
}

import { lazy } from 'react';
import {
  AddUndoableMutationContext,
  AdminContext,
  AdminUI,
  CustomRoutes,
  Resource,
  type UndoableMutation,
} from 'react-admin';
import { createHashRouter, Route, RouterProvider } from 'react-router-dom';
import { dataProvider } from './data/data-provider';
import { DashboardPage } from './dashboard/dashboard-page';
import { historyRoutes } from './history/routes';
import { i18nProvider } from './i18n/provider';
import { importRoutes } from './imports/routes';
import { items } from './items';
import { PanelLayout } from './layout/layout';
import { DARK_THEME, LIGHT_THEME } from './layout/theme';
import { Notifications } from './notifications/notifications';
import { pendingDeletion } from './notifications/pending-deletion';
import { panelStore } from './panel-store';
import { queryClient } from './query-client';
import { authProvider } from './session/auth-provider';
import { LoginPage } from './session/login-page';
import { stores } from './stores';
import { tags } from './tags';
import { users } from './users';

// What reads the names of browsers is only for this page.
const AccountPage = lazy(() => import('./account/account-page'));

const addDeletion = (deletion: UndoableMutation) => {
  pendingDeletion.add(deletion);
};

function Panel() {
  return (
    <AdminContext
      queryClient={queryClient}
      authProvider={authProvider}
      dataProvider={dataProvider}
      i18nProvider={i18nProvider}
      store={panelStore}
      lightTheme={LIGHT_THEME}
      darkTheme={DARK_THEME}
    >
      <AddUndoableMutationContext.Provider value={addDeletion}>
        <AdminUI
          layout={PanelLayout}
          loginPage={LoginPage}
          dashboard={DashboardPage}
          notification={Notifications}
          title="Emporium"
          requireAuth
          disableTelemetry
        >
          <Resource name="stores" {...stores} />
          <Resource name="items" {...items} />
          <Resource name="tags" {...tags} />
          <Resource name="users" {...users} />
          <CustomRoutes>
            <Route path="/account" element={<AccountPage />} />
            {historyRoutes}
            {importRoutes}
          </CustomRoutes>
        </AdminUI>
      </AddUndoableMutationContext.Provider>
    </AdminContext>
  );
}

/** The part behind `#` is the panel's own, so it works below any path. */
const router = createHashRouter([{ path: '*', element: <Panel /> }]);

export function App() {
  // With transitions each answer that arrives would interrupt the change of the page, on a slow machine for seconds.
  return <RouterProvider router={router} useTransitions={false} />;
}

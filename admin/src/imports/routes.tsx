import { lazy } from 'react';
import { Route } from 'react-router-dom';

// Few people import a file, so its pages are loaded only then.
const ImportsPage = lazy(() => import('./imports-page'));
const WizardPage = lazy(() => import('./wizard-page'));
const ImportPage = lazy(() => import('./import-page'));

export const importRoutes = [
  <Route key="imports" path="/stores/:id/imports" element={<ImportsPage />} />,
  <Route key="import-new" path="/stores/:id/imports/new" element={<WizardPage />} />,
  <Route key="import" path="/stores/:id/imports/:importId" element={<ImportPage />} />,
];

import { type ComponentType, lazy } from 'react';
import { Route } from 'react-router-dom';

// Few people import a file, so its pages and their texts are loaded only then.
const ImportsPage = lazy(() => withTexts(import('./imports-page')));
const WizardPage = lazy(() => withTexts(import('./wizard-page')));
const ImportPage = lazy(() => withTexts(import('./import-page')));

async function withTexts<Page extends { default: ComponentType }>(page: Promise<Page>): Promise<Page> {
  const [loaded, { addImportTexts }] = await Promise.all([page, import('./texts/add')]);
  await addImportTexts();
  return loaded;
}

export const importRoutes = [
  <Route key="imports" path="/stores/:id/imports" element={<ImportsPage />} />,
  <Route key="import-new" path="/stores/:id/imports/new" element={<WizardPage />} />,
  <Route key="import" path="/stores/:id/imports/:importId" element={<ImportPage />} />,
];

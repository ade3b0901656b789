import { lazy } from 'react';
import { Route } from 'react-router-dom';

// Few people open a history, so its pages are loaded only then.
const StoreHistoryPage = lazy(() => import('./store-history-page'));
const ItemHistoryPage = lazy(() => import('./item-history-page'));

export const historyRoutes = [
  <Route key="store" path="/stores/:id/history" element={<StoreHistoryPage />} />,
  <Route key="item" path="/items/:id/history" element={<ItemHistoryPage />} />,
];

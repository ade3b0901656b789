import { type components, createClient, webStore } from 'emporium-client';

export type Store = components['schemas']['Store'];
export type Item = components['schemas']['Item'];
export type Tag = components['schemas']['Tag'];
export type Change = components['schemas']['Change'];
export type User = components['schemas']['User'];
export type SessionRow = components['schemas']['Session'];

/** The panel is served one folder below the API, whatever path a proxy adds. */
export const BASE_URL = new URL('..', window.location.href.split('#', 1)[0]).href;

export const tokens = webStore(localStorage);

/** A person waits for each answer, so a call gives up sooner than a program would. */
export const api = createClient({
  baseUrl: BASE_URL,
  tokens,
  tries: 3,
  longestWait: 3000,
  timeout: 20_000,
});

import { ConnectionError, Problem, type ProblemDocument } from 'emporium-client';
import { api, BASE_URL, tokens } from '../api';
import { asUser } from '../as-user';
import { translate } from '../i18n/provider';
import { PanelError } from '../panel-error';
import { type Draft, readingOf } from './draft';
import { toQuery } from './guess/reading';
import { type Import } from './import';

interface Watch {
  signal: AbortSignal;
  /** @param share of the file that is sent, from 0 to 1 */
  onProgress: (share: number) => void;
}

/**
 * Sends a file for a preview. The browser reads it from the disk while it is sent, and tells how far it is, which `fetch`
 * does not.
 *
 * @throws PanelError; DOMException if it was aborted
 */
export async function upload(draft: Draft, watch: Watch): Promise<Import> {
  return asUser(async () => {
    // The client renews an access token that has expired. The file is to be sent once.
    await api.account.get({ signal: watch.signal });
    return send(draft, watch);
  });
}

function send(draft: Draft, { signal, onProgress }: Watch): Promise<Import> {
  const { storeId, file, options } = draft;
  const reading = readingOf(draft);
  const query = new URLSearchParams([
    ['dry_run', 'true'],
    ...Object.entries(options),
    ...toQuery(reading),
  ] as string[][]);
  const request = `POST /stores/${storeId}/imports`;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', `${BASE_URL}stores/${storeId}/imports?${query.toString()}`);
    xhr.setRequestHeader('authorization', `Bearer ${tokens.get()?.access_token ?? ''}`);
    xhr.setRequestHeader('content-type', reading.format === 'csv' ? 'text/csv' : 'application/x-ndjson');
    xhr.upload.onprogress = ({ loaded, total }) => {
      onProgress(total > 0 ? loaded / total : 1);
    };
    xhr.onload = () => {
      const body = parse(xhr.responseText);
      if (xhr.status === 202) resolve(body as Import);
      else reject(toError(request, xhr, body));
    };
    xhr.onerror = () => {
      void isReadable(file).then((readable) => {
        reject(
          readable
            ? new ConnectionError('The server does not answer.', request)
            : new PanelError(translate('emporium.imports.file_gone'), 400),
        );
      });
    };
    xhr.onabort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', () => {
      xhr.abort();
    });
    xhr.send(file);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toError(request: string, xhr: XMLHttpRequest, body: unknown): Error {
  const { status } = xhr;
  const isDocument = typeof body === 'object' && body !== null && 'code' in body;
  if (!isDocument) return new ConnectionError('The answer is not one of Emporium.', request, status);
  const wait = xhr.getResponseHeader('retry-after');
  return new Problem(request, body as ProblemDocument, wait === null ? undefined : Number(wait));
}

/** A file that was changed or removed after it was chosen cannot be read any more. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

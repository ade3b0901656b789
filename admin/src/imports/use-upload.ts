import { useEffect, useRef, useState } from 'react';
import { Cancelled } from '../panel-error';
import { unsavedWork } from '../unsaved-work';
import { type Draft } from './draft';
import { type Import } from './import';
import { upload } from './upload';

/** Sends a file. It ends with the page. */
export function useUpload(onSent: (made: Import) => void) {
  /** the share of the file that is sent; undefined if nothing is under way */
  const [share, setShare] = useState<number>();
  const [error, setError] = useState<Error>();
  const abort = useRef<AbortController>(undefined);
  const isSending = share !== undefined;

  useEffect(() => () => abort.current?.abort(), []);
  useEffect(() => {
    if (!isSending) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    const forget = unsavedWork.add(() => true);
    return () => {
      window.removeEventListener('beforeunload', warn);
      forget();
    };
  }, [isSending]);

  const send = async (draft: Draft) => {
    const controller = new AbortController();
    abort.current = controller;
    setError(undefined);
    setShare(0);
    try {
      onSent(await upload(draft, { signal: controller.signal, onProgress: setShare }));
    } catch (failure) {
      if (controller.signal.aborted || failure instanceof Cancelled) return;
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setShare(undefined);
    }
  };
  return { share, error, send, stop: () => abort.current?.abort() };
}

import { useEffect } from 'react';

/** The element that react-admin puts the title of each page into. */
const TITLE = 'react-admin-title';

/** Gives the tab of the browser the title of the page. */
export function useDocumentTitle(): void {
  useEffect(() => {
    const title = document.getElementById(TITLE);
    if (!title) return;
    const show = () => {
      document.title = [title.textContent, 'Emporium'].filter((part) => part !== '').join(' · ');
    };
    const observer = new MutationObserver(show);
    observer.observe(title, { childList: true, characterData: true, subtree: true });
    show();
    return () => {
      observer.disconnect();
    };
  }, []);
}

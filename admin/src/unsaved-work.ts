/** Asks each part of the page whether it has values that are not saved. */
const parts = new Set<() => boolean>();

export const unsavedWork = {
  /** @returns what ends it */
  add: (isUnsaved: () => boolean) => {
    parts.add(isUnsaved);
    return () => {
      parts.delete(isUnsaved);
    };
  },
  get exists(): boolean {
    return [...parts].some((isUnsaved) => isUnsaved());
  },
};

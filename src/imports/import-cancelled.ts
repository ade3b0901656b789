/** Somebody asks for the end of an import. What it has written must be rolled back. */
export class ImportCancelled extends Error {
  override name = 'ImportCancelled';
}

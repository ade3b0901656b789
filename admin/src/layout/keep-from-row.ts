/** A handler of clicks for what stands in a row: the row behind it would open as well. */
export function keepFromRow(event: { stopPropagation: () => void }): void {
  event.stopPropagation();
}

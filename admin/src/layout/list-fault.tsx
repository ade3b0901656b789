import { useListContext } from 'react-admin';
import { Cancelled } from '../panel-error';
import { ReadFault } from './read-fault';

/** Stands where rows would be that could not be read: without it the list would look empty. */
export function ListFault() {
  const { error, refetch } = useListContext();
  if (!error || error instanceof Cancelled) return null;
  return <ReadFault reason={error instanceof Error ? error.message : ''} onRetry={() => void refetch()} />;
}

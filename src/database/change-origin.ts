import { type SideStatement } from './statement-group';

/** Who makes changes, and with which request. */
export interface ChangeOrigin {
  readonly actorId: number;
  readonly requestId: string;
}

const SET_ORIGIN =
  "SELECT set_config('emporium.actor_id', $1, true), set_config('emporium.request_id', $2, true)";

/** Tells the triggers of the history the origin of what the same transaction changes. */
export function originStatement({ actorId, requestId }: ChangeOrigin): SideStatement {
  return { name: 'emporium-origin', text: SET_ORIGIN, values: [String(actorId), requestId] };
}

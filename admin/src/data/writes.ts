import { isProblem } from 'emporium-client';
import { asUser } from '../as-user';
import { conflictQuestion } from '../conflicts/conflict';
import { Cancelled } from '../panel-error';
import { differences, isSame } from './differences';
import { type Resource, RESOURCES, type ResourceName, type Row } from './resources';

/**
 * Writes what the person has changed, and only that. A row of a list has no entity tag, and react-admin copies what it was
 * given, so the resource is read again: what is written with its `If-Match` is written only if it is still what the person
 * has seen. Otherwise they see both versions, and choose.
 *
 * @param seen what the person has seen
 */
export async function updateSeen(
  name: ResourceName,
  id: number,
  values: Readonly<Record<string, unknown>>,
  seen: Readonly<Record<string, unknown>>,
): Promise<Row> {
  const resource = RESOURCES[name];
  let changes = differences(values, seen, resource.members);
  let base = seen;
  for (;;) {
    const current = await asUser(() => resource.get(id));
    if (isUnchanged(current, base, resource)) {
      if (nothingIn(changes)) return current;
      const written = await unlessChanged(() =>
        resource.update(id, changes, resource.hasVersions ? current : undefined),
      );
      if (written) return written;
      continue;
    }
    // The answer to an earlier attempt was lost, and it is as it was to become.
    if (isUnchanged(current, { ...base, ...changes }, resource)) return current;
    const choice = await conflictQuestion.ask({
      resource: name,
      mine: changes,
      seen: base,
      theirs: current,
      members: resource.members,
    });
    if (!choice) throw new Cancelled();
    changes = differences(choice, current, resource.members);
    base = current;
  }
}

/** Deletes what the person has seen, and asks them if it has changed since. */
export async function deleteSeen(
  name: ResourceName,
  id: number,
  seen: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const resource = RESOURCES[name];
  let base = seen;
  for (;;) {
    if (!resource.hasVersions) {
      await asUser(() => resource.delete(id, undefined));
      return;
    }
    const current = await asUser(() => resource.get(id));
    base ??= current;
    if (isUnchanged(current, base, resource)) {
      if (await unlessChanged(async () => ({ done: await resource.delete(id, current) }))) return;
      continue;
    }
    const { members } = resource;
    const choice = await conflictQuestion.ask({
      resource: name,
      mine: undefined,
      seen: base,
      theirs: current,
      members,
    });
    if (!choice) throw new Cancelled();
    base = current;
  }
}

function isUnchanged(current: Row, seen: Readonly<Record<string, unknown>>, { members }: Resource): boolean {
  return members.every((member) => isSame(current[member], seen[member]));
}

function nothingIn(changes: object): boolean {
  return Object.keys(changes).length === 0;
}

/** Undefined if the resource has changed between the reading and the writing. */
async function unlessChanged<Result>(write: () => Promise<Result>): Promise<Result | undefined> {
  return asUser(async () => {
    try {
      return await write();
    } catch (error) {
      if (isProblem(error, 'precondition_failed')) return undefined;
      throw error;
    }
  });
}

/** What a job throws that cannot be done now, because of others. It is tried again soon, and that is no attempt. */
export class JobPostponed extends Error {
  override name = 'JobPostponed';
}

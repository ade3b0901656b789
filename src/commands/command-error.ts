/** A command could not run. The message is a sentence that tells the user why. */
export class CommandError extends Error {}

/** A command did nothing. The message says why, in a sentence for the person who gave the command. */
export class CommandError extends Error {}

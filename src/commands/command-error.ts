/** Why a command did nothing, in a sentence for who gave it. */
export class CommandError extends Error {}

/**
 * A position in the write-ahead log. Positions can be compared only on one timeline: a server that is promoted begins a
 * new one, and may lack the end of the former one.
 */
export class WalPosition {
  constructor(
    readonly timeline: number,
    readonly lsn: bigint,
  ) {}

  /** Reads what `positionText` makes; undefined for any other text. */
  static parse(text: string): WalPosition | undefined {
    const [, timelineText, lsnText] = POSITION.exec(text) ?? [];
    if (timelineText === undefined || lsnText === undefined) return undefined;
    const timeline = Number(timelineText);
    return timeline <= MAX_TIMELINE ? new WalPosition(timeline, parseLsn(lsnText)) : undefined;
  }
}

const POSITION = /^([1-9]\d{0,9})\/([0-9A-F]{1,8}\/[0-9A-F]{1,8})$/;

/** PostgreSQL keeps it in 32 bits. */
const MAX_TIMELINE = 2 ** 32 - 1;

/** @param lsn as PostgreSQL writes it, such as `0/3000148` */
export function parseLsn(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function positionText(timeline: number, lsn: string): string {
  return `${timeline}/${lsn}`;
}

/** The timeline in the name of a file of the log, which has it as its first eight hexadecimal digits. */
export function timelineOfFile(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16);
}

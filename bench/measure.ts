import { readCpu } from './cpu';
import { type Driver, type Load, type LoadResult, runLoad } from './load';

/** The result of one load on one server. */
export interface Measurement {
  throughput: number;
  p50: number;
  p99: number;
  /** microseconds per request */
  serverCpu: number;
  databaseCpu: number;
  totalCpu: number;
  /** what went wrong, as texts */
  faults: string[];
}

export async function measure(
  driver: Driver,
  load: Load,
  processes: { server: number; database: number },
  seconds: number,
  directory: string,
): Promise<Measurement> {
  const before = await readCpu(processes);
  const result = await runLoad(driver, load, seconds, directory);
  const after = await readCpu(processes);
  const serverCpu = (after.server - before.server) / result.requests;
  const databaseCpu = (after.database - before.database) / result.requests;
  return {
    throughput: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    serverCpu,
    databaseCpu,
    totalCpu: serverCpu + databaseCpu,
    faults: faultsOf(result, load),
  };
}

function faultsOf({ requests, wrongStatuses, brokenConnections }: LoadResult, { expected }: Load): string[] {
  return [
    ...(requests === 0 ? ['no request was answered'] : []),
    ...(wrongStatuses > 0 ? [`${wrongStatuses} answers of ${requests} were not ${expected}`] : []),
    ...(brokenConnections > 0 ? [`${brokenConnections} connections failed or timed out`] : []),
  ];
}

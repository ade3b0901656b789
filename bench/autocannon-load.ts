import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { CONNECTIONS, type LoadResult } from './load';
import { percentile } from './statistics';

/** Does the same as load.lua, if wrk is not installed. Arguments: URL, seconds, and those of load.lua. */
const [url, seconds, file, method, expected, token] = process.argv.slice(2) as [
  string,
  string,
  string,
  'GET' | 'POST' | 'PATCH',
  string,
  string | undefined,
];

const requests = readFileSync(file, 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((line) => {
    const [path, body, ...texts] = line.split('\t') as [string, string, ...string[]];
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...Object.fromEntries(texts.map((text) => text.split(': ', 2) as [string, string])),
      ...(body !== '' && { 'content-type': 'application/json' }),
    };
    return { method, path, headers, ...(body !== '' && { body }) };
  });

let position = 0;
let wrongStatuses = 0;
const latencies: number[] = [];

const instance = autocannon(
  {
    url,
    connections: CONNECTIONS,
    duration: Number(seconds),
    requests: [{ setupRequest: (request) => ({ ...request, ...requests[position++ % requests.length] }) }],
  },
  (error, { errors, duration }) => {
    if (error) throw error as Error;
    const result: LoadResult = {
      requests: latencies.length,
      seconds: duration,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      wrongStatuses,
      brokenConnections: errors,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  },
);
// The percentiles of autocannon are whole milliseconds, so latencies are collected here.
instance.on('response', (_client, status, _bytes, milliseconds) => {
  latencies.push(milliseconds);
  if (status !== Number(expected)) wrongStatuses++;
});

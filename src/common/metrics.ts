/** A request that has ended. Its labels have few different values, because each combination of them is kept in memory. */
export interface EndedRequest {
  method: string;
  /** the template of the route, such as `/items/:id`; undefined if there is no route */
  route: string | undefined;
  /** undefined if the client went away before the response */
  status: number | undefined;
  seconds: number;
}

export interface Gauge {
  name: string;
  help: string;
  /** Returns the current value. It is called for each scrape, and must not wait for anything. */
  read: () => number;
  /** how the values of several processes become one; the default is their sum */
  aggregator?: 'sum' | 'max' | 'min';
}

/**
 * Values for operators. Each feature declares its own counters and gauges here, so that `metrics/` knows no feature. Also
 * the injection token.
 */
export abstract class Metrics {
  abstract record(request: EndedRequest): void;
  /** @returns a function that adds one */
  abstract counter(name: string, help: string): () => void;
  abstract gauge(gauge: Gauge): void;
}

/** Records nothing. It is used without METRICS_PORT. */
export const NO_METRICS: Metrics = {
  record: () => undefined,
  counter: () => () => undefined,
  gauge: () => undefined,
};

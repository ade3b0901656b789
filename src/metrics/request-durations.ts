import { type EndedRequest } from '../common/metrics';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Other methods have one label value together, because clients choose the method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const OTHER_METHOD = 'other';

/** The label value of requests for which there is no route, whatever their path is. */
const NO_ROUTE = 'none';

/** The label value of requests whose client went away before the response. */
const ABORTED = 'aborted';

class Series {
  /** how many durations are in each bucket; the last one has no upper bound */
  readonly counts = new Array<number>(BOUNDS.length + 1).fill(0);
  sum = 0;

  constructor(readonly labels: Readonly<Record<string, string>>) {}
}

interface Value {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/**
 * The histogram of request durations, as a metric of prom-client. One duration costs a tenth of what it costs with
 * prom-client's own histogram, which makes a text of the labels each time.
 */
export class RequestDurations {
  readonly name = 'emporium_http_request_duration_seconds';
  readonly help = 'Time from the headers of a request to the end of its response.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  /** by route, method and status */
  private readonly series = new Map<string, Map<string, Map<number, Series>>>();

  record({ method, route = NO_ROUTE, status = 0, seconds }: EndedRequest): void {
    const series = this.series.get(route)?.get(method)?.get(status) ?? this.add(method, route, status);
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
    series.sum += seconds;
  }

  /** Called by prom-client for each scrape. */
  get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: this.values() });
  }

  private values(): Value[] {
    const found = new Set<Series>();
    for (const byMethod of this.series.values())
      for (const byStatus of byMethod.values()) for (const series of byStatus.values()) found.add(series);
    return [...found].flatMap((series) => this.valuesOf(series));
  }

  private valuesOf({ labels, counts, sum }: Series): Value[] {
    let count = 0;
    const buckets = [...BOUNDS, '+Inf'].map((le, index) => {
      count += counts[index] as number;
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${this.name}_count`, labels: { ...labels }, value: count },
    ];
  }

  private add(method: string, route: string, status: number): Series {
    if (!METHODS.has(method)) method = OTHER_METHOD;
    const byMethod = this.series.get(route) ?? new Map<string, Map<number, Series>>();
    const byStatus = byMethod.get(method) ?? new Map<number, Series>();
    const series =
      byStatus.get(status) ?? new Series({ method, route, status: status === 0 ? ABORTED : String(status) });
    this.series.set(route, byMethod.set(method, byStatus.set(status, series)));
    return series;
  }
}

/** The only protocol of OTLP that is spoken, and the default of its standard. */
const PROTOCOL = 'http/protobuf';

/**
 * Whether traces are sent, by the standard variables of OpenTelemetry: an endpoint is named, and nothing switches it off.
 * Its library reads these and the other variables itself.
 */
export function sendsTraces(given: ReadonlyMap<string, string>): boolean {
  return (
    endpointOf(given) !== undefined &&
    given.get('OTEL_SDK_DISABLED')?.toLowerCase() !== 'true' &&
    (given.get('OTEL_TRACES_EXPORTER') ?? 'otlp') === 'otlp'
  );
}

/** What is wrong with the variables; nothing while no traces are sent. */
export function traceFaults(given: ReadonlyMap<string, string>): string[] {
  if (!sendsTraces(given)) return [];
  const faults: string[] = [];
  const [endpointName, endpoint] = endpointOf(given) ?? ['', ''];
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    faults.push(`${endpointName} must be a URL such as http://127.0.0.1:4318`);
  }
  const [protocolName, protocol] = firstOf(
    given,
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  ) ?? ['', PROTOCOL];
  if (protocol !== PROTOCOL) faults.push(`${protocolName} must be ${PROTOCOL}`);
  return faults;
}

function endpointOf(given: ReadonlyMap<string, string>): readonly [string, string] | undefined {
  return firstOf(given, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
}

function firstOf(
  given: ReadonlyMap<string, string>,
  ...names: string[]
): readonly [string, string] | undefined {
  for (const name of names) {
    const value = given.get(name);
    if (value !== undefined) return [name, value];
  }
  return undefined;
}

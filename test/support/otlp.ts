import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Span {
  traceId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  milliseconds: number;
  attributes: Record<string, string | number>;
  isError: boolean;
  /** attributes of the program that sent it */
  resource: Record<string, string | number>;
}

/** A collector that takes traces by OTLP over HTTP, in the binary form. */
export class Collector {
  readonly spans: Span[] = [];
  readonly requests: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests.push({ url: request.url, headers: request.headers });
      this.spans.push(...spansIn(Buffer.concat(chunks)));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The fields of a Protocol Buffers message, by number. */
type Fields = Map<number, (Buffer | bigint)[]>;

function readMessage(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    let value: Buffer | bigint;
    if (wireType === 0) value = varint();
    else if (wireType === 1) value = take(8).readBigUInt64LE();
    else if (wireType === 2) value = take(Number(varint()));
    else value = BigInt(take(4).readUInt32LE());
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, number: number) =>
  (fields.get(number) ?? []).map((bytes) => readMessage(bytes as Buffer));
const bytesOf = (fields: Fields, number: number) => (fields.get(number)?.[0] ?? Buffer.alloc(0)) as Buffer;
const numberOf = (fields: Fields, number: number) => (fields.get(number)?.[0] ?? 0n) as bigint;

/** The numbers of fields are those of opentelemetry-proto. */
function spansIn(body: Buffer): Span[] {
  return messages(readMessage(body), 1).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, 1).map((fields) => attributesOf(fields, 1))[0] ?? {};
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({
        traceId: bytesOf(span, 1).toString('hex'),
        parentSpanId: bytesOf(span, 4).toString('hex'),
        name: bytesOf(span, 5).toString(),
        kind: Number(numberOf(span, 6)),
        milliseconds: Number(numberOf(span, 8) - numberOf(span, 7)) / 1e6,
        attributes: attributesOf(span, 9),
        isError: messages(span, 15).some((status) => numberOf(status, 3) === 2n),
        resource,
      }));
  });
}

function attributesOf(fields: Fields, number: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(fields, number).map((pair) => {
      const [value = new Map() as Fields] = messages(pair, 2);
      return [
        bytesOf(pair, 1).toString(),
        value.has(1) ? bytesOf(value, 1).toString() : Number(numberOf(value, 3)),
      ];
    }),
  );
}

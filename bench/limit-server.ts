import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import pg from 'pg';

/**
 * The server for comparison. It shows what Node and PostgreSQL need at least for the same bodies: without a framework,
 * checks except that of the id, a log and ETags.
 */

/** The columns of an item as text, in the order of `itemJson`. */
type Row = [
  id: string,
  name: string,
  price: string,
  sku: string | null,
  storeId: string,
  tags: string,
  createdAt: string,
  updatedAt: string,
];

const ITEM = `i.id, i.name, i.price, i.sku, i.store_id, (
    SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY lower(t.name)), '[]')
    FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = i.id
  ), i.created_at, i.updated_at`;

const GET = `SELECT ${ITEM} FROM items i WHERE i.id = $1`;

// The limit is part of the text, because PostgreSQL would plan a statement with an unknown limit again each time.
const list = (limit: number) => `SELECT ${ITEM} FROM items i WHERE i.id > $1 ORDER BY i.id LIMIT ${limit}`;

// It selects the ids of the page first, because PostgreSQL plans a plain join again for each common or rare tag.
const listByTag = (limit: number) => `SELECT ${ITEM} FROM (
    SELECT item_id FROM item_tags WHERE tag_id = $1 AND item_id > $2 ORDER BY item_id LIMIT ${limit}
  ) page JOIN items i ON i.id = page.item_id ORDER BY page.item_id`;

const INSERT = `INSERT INTO items (name, price, sku, store_id) VALUES ($1, $2, $3, $4)
  RETURNING id, name, price, sku, store_id, '[]', created_at, updated_at`;

const SET_PRICE = `UPDATE items i SET price = $2, updated_at = now() WHERE i.id = $1 RETURNING ${ITEM}`;

/** Leaves every value as text. */
const types = { getTypeParser: () => (value: unknown) => value };

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 8,
  idleTimeoutMillis: 0,
  options: '-c TimeZone=UTC -c DateStyle=ISO',
});

type Receive = (response: ServerResponse, rows: Row[]) => void;

function query(
  response: ServerResponse,
  name: string,
  text: string,
  values: unknown[],
  receive: Receive,
): void {
  pool.query<Row>({ name, text, values, rowMode: 'array', types }, (error: Error | undefined, result) => {
    if (error) send(response, 500, JSON.stringify({ status: 500, detail: error.message }));
    else receive(response, result.rows);
  });
}

/** `2026-01-31 09:00:00.12+00` as `2026-01-31T09:00:00.120Z`. */
function timestamp(text: string): string {
  const fraction = text.length === 22 ? '.000' : text.slice(19, -3).padEnd(4, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}${fraction}Z`;
}

function itemJson([id, name, price, sku, storeId, tags, createdAt, updatedAt]: Row): string {
  return `{"id":${id},"name":${JSON.stringify(name)},"price":${price},"sku":${
    sku === null ? 'null' : JSON.stringify(sku)
  },"store_id":${storeId},"tags":${tags},"created_at":"${timestamp(createdAt)}","updated_at":"${timestamp(updatedAt)}"}`;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function sendItem(response: ServerResponse, [row]: Row[]): void {
  if (row) send(response, 200, itemJson(row));
  else sendNotFound(response);
}

function sendCreated(response: ServerResponse, rows: Row[]): void {
  send(response, 201, itemJson(rows[0] as Row));
}

function sendItems(response: ServerResponse, rows: Row[]): void {
  send(response, 200, `[${rows.map(itemJson).join(',')}]`);
}

function sendNotFound(response: ServerResponse): void {
  send(response, 404, '{"status":404}');
}

/** Lists start after the item `after`, because cursors would only cost more. */
function findPage(url: string, response: ServerResponse): void {
  const params = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const limit = Number(params.get('limit') ?? 20);
  const after = params.get('after') ?? '0';
  const tag = params.get('tag_id');
  if (tag === null) query(response, `list ${limit}`, list(limit), [after], sendItems);
  else query(response, `tag ${limit}`, listByTag(limit), [tag, after], sendItems);
}

interface Body {
  name: string;
  price: number;
  sku?: string;
  store_id: number;
}

function readBody(request: IncomingMessage, receive: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    receive(
      JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()) as Body,
    );
  });
}

function create(request: IncomingMessage, response: ServerResponse): void {
  readBody(request, ({ name, price, sku, store_id }) => {
    query(response, 'insert', INSERT, [name, price, sku, store_id], sendCreated);
  });
}

function setPrice(request: IncomingMessage, response: ServerResponse): void {
  const id = request.url?.slice(7);
  readBody(request, ({ price }) => {
    query(response, 'set price', SET_PRICE, [id, price], sendItem);
  });
}

const server = createServer((request, response) => {
  const url = request.url as string;
  if (request.method === 'POST') {
    create(request, response);
  } else if (request.method === 'PATCH') {
    setPrice(request, response);
  } else if (url.startsWith('/items/')) {
    const id = url.slice(7);
    if (/^[1-9]\d{0,17}$/.test(id)) query(response, 'get', GET, [id], sendItem);
    else sendNotFound(response);
  } else {
    findPage(url, response);
  }
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));

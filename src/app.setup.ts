import { type Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { type AppContext, AppModule } from './app.module';
import { FirstAdminService } from './auth/account/first-admin.service';
import { admitLogins } from './auth/passwords/login-admission';
import { useJsonOnly, useStreams } from './common/http/body-parser';
import { answerClientError, refuseConnect } from './common/http/client-error';
import { giveExecutor } from './common/current-executor';
import { Admission } from './common/http/admission';
import { allowOrigin, type OriginRule, sendOptions, toOriginRule } from './common/http/cors';
import { Connections } from './common/http/connections';
import { limitTime } from './common/http/deadline';
import { type KnownPath, KnownPaths } from './common/http/known-paths';
import { bareAddress } from './common/http/peer-address';
import { parseQuery } from './common/http/query-parser';
import { faultOfHead } from './common/http/request-headers';
import { requestId } from './common/http/request-id';
import { SECURITY_HEADERS } from './common/http/security-headers';
import { isRead, prepare, serialize } from './common/http/send';
import { type RouteSettings } from './common/http/route-settings';
import { toRoutable } from './common/http/target';
import { endedRequest, logRequest, NestLogger } from './common/logging';
import { type Metrics, NO_METRICS } from './common/metrics';
import { type Tracing } from './common/tracing';
import { INVALID_INPUT, METHOD_NOT_ALLOWED, NOT_FOUND, Problem } from './common/problems/problem';
import { sendProblem } from './common/problems/problem.filter';
import { type Environment } from './config/environment';
import { Database } from './database/database';
import { DOCS_FILES } from './openapi/docs-files';
import { useApiDocs } from './openapi/openapi';
import { usePanel } from './panel/panel';
import { findPanel } from './panel/panel-files';

/** Longer than every request line that Node's parser accepts, so that the rules for ids check every path. */
const MAX_PARAM_LENGTH = 65_536;

/** Node closes a connection beyond this number at once. Each needs up to 60 KB. */
const MAX_CONNECTIONS = 10_000;

/** How many listeners a response has at most. */
const MAX_LISTENERS = 20;

/** How often Node checks for requests that take too long to arrive, in milliseconds. */
const CONNECTION_CHECK_INTERVAL = 1000;

/**
 * Creates the application for the server and for tests. It does not listen yet.
 *
 * @param toModule creates its module; only tests use another one than AppModule
 */
export async function createApp(
  context: AppContext,
  toModule: typeof AppModule.register = (...args) => AppModule.register(...args),
): Promise<NestFastifyApplication> {
  const { environment, logger, metrics = NO_METRICS, tracing } = context;
  const connections = new Connections();
  const origins = toOriginRule(environment.corsOrigins);
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    trustProxy: environment.trustProxy > 0 && ((_address, hop) => hop < environment.trustProxy),
    // We answer requests without Host ourselves, because Node's answer has an empty body.
    http: { connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL, requireHostHeader: false },
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => toRoutable(url),
    clientErrorHandler: (error, socket) => {
      answerClientError(connections, error, socket);
    },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      receive(request, reply, { connections, environment, metrics, tracing });
      allowOrigin(origins, request, reply);
      sendProblem(error, request, reply);
    },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQuery },
  });
  const app = await NestFactory.create<NestFastifyApplication>(toModule(context, connections), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  configureApp(app, { database: app.get(Database), connections, environment, metrics, tracing }, origins);
  try {
    await app.init();
    await app.get(FirstAdminService).ensure();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** What every request needs. */
interface Surroundings {
  database: Database;
  connections: Connections;
  environment: Environment;
  metrics: Metrics;
  tracing: Tracing | undefined;
}

/** Runs at the beginning of every request, also of one that the framework refuses. */
function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  { connections, environment, metrics, tracing }: Omit<Surroundings, 'database'>,
): void {
  // Some of ours, of Fastify for a stream, and of Node. Beyond ten of one event, Node warns of a leak.
  reply.raw.setMaxListeners(MAX_LISTENERS);
  connections.begin(reply.raw);
  limitTime(request, reply, environment.requestTimeout);
  // A client that has reset its connection already has no address.
  const peer = isGone(request) ? undefined : bareAddress(request.ip);
  reply.raw.once('close', () => {
    const ended = endedRequest(request, reply);
    metrics.record(ended);
    tracing?.record(request, ended, peer);
    logRequest(request, reply, peer, ended);
  });
  void reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
}

function isGone({ raw }: FastifyRequest): boolean {
  return raw.socket.remoteAddress === undefined;
}

function configureApp(app: NestFastifyApplication, surroundings: Surroundings, origins: OriginRule): void {
  const { connections, environment } = surroundings;
  const fastify = app.getHttpAdapter().getInstance();
  const panel = findPanel();
  const paths = new KnownPaths(fastify, { '/docs/*': DOCS_FILES, '/admin/*': panel?.files ?? [] });
  const admission = new Admission(environment.requestTimeout);
  surroundings.metrics.gauge({
    name: 'emporium_requests_waiting',
    help: 'Requests that wait until others are answered.',
    read: () => admission.waitingCount,
  });
  connections.watch(fastify.server);
  fastify.server.on('connection', () => {
    admission.accepted();
  });
  Object.assign(fastify.server, {
    // A client that has closed its half of the connection can still wait for the response.
    httpAllowHalfOpen: true,
    // Node would drop headers after the first thousand, which can include those of a proxy. The limit of 16 KB is
    // enough.
    maxHeadersCount: 0,
    // The time of a body is limited for each route: see limitTime.
    headersTimeout: environment.requestTimeout,
    requestTimeout: 0,
    maxConnections: MAX_CONNECTIONS,
  });
  fastify.server.on('connect', (request, socket) => {
    refuseConnect(connections, request, socket as Socket);
  });
  // Unknown expectations are ignored. Node would refuse them with an empty body.
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );

  fastify.addHook('onRequest', (request, reply, done) => {
    receive(request, reply, surroundings);
    // Nobody waits for an answer.
    if (isGone(request)) {
      request.raw.destroy();
      return;
    }
    if (!isRead(request)) giveExecutor(request, surroundings.database, environment.requestTimeout);
    connections.admit(done);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const isRouted = !request.is404 && request.routeOptions.url?.endsWith('*') !== true;
    const settings = request.routeOptions.config as RouteSettings | undefined;
    const path = isRouted ? undefined : paths.find(request.url);
    if (!(isRouted ? settings : path)?.loopback) allowOrigin(origins, request, reply);
    const fault = faultOfHead(request.raw);
    if (fault !== undefined) {
      sendProblem(new Problem(INVALID_INPUT, { detail: fault }), request, reply);
    } else if (request.is404 || (!isRouted && !path)) {
      refuseRoute(path, request, reply);
    } else {
      admission.admit(request, reply, done);
    }
  });
  admitLogins(app);
  useJsonOnly(fastify);
  useStreams(fastify);
  const { publicPath } = environment;
  const publicCaching = `public, max-age=${environment.cacheMaxAge}, must-revalidate`;
  // A token and X-Read-After lead to the primary, or to a replica that is not behind.
  const publicVary = environment.databaseReplicaUrls.length > 0 ? 'Authorization, X-Read-After' : undefined;
  const options = { publicCaching, publicVary, publicPath };
  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    done(null, prepare(request, reply, payload, options));
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (connections.draining) void reply.header('connection', 'close');
    const location = reply.getHeader('location');
    if (location !== undefined) void reply.header('location', publicPath + String(location));
    done(null, payload);
  });
  fastify.setReplySerializer(serialize);
  useApiDocs(app);
  if (panel) usePanel(fastify, panel);
}

/** Answers requests without a route: for an unknown path, and for a known path with other methods. */
function refuseRoute(path: KnownPath | undefined, request: FastifyRequest, reply: FastifyReply): void {
  if (!path) {
    sendProblem(new Problem(NOT_FOUND), request, reply);
  } else if (request.method === 'OPTIONS') {
    sendOptions(path.methods, request, reply);
  } else {
    const headers = { allow: path.methods.join(', ') };
    sendProblem(new Problem(METHOD_NOT_ALLOWED, { headers }), request, reply);
  }
}

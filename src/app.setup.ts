import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { type Logger } from 'pino';
import { FirstAdminService } from './auth/first-admin.service';
import { useJsonOnly } from './common/http/body-parser';
import { answerClientError } from './common/http/client-error';
import { allowOrigin, sendOptions } from './common/http/cors';
import { Draining } from './common/http/draining';
import { KnownPaths } from './common/http/known-paths';
import { parseQuery } from './common/http/query-parser';
import { requestId } from './common/http/request-id';
import { type RouteSettings } from './common/http/route-settings';
import { loggablePath, NestLogger } from './common/logging';
import { toJson } from './common/naming';
import { Page } from './common/paging/page';
import { sendPage } from './common/paging/links';
import { INVALID_INPUT, METHOD_NOT_ALLOWED, NOT_FOUND, Problem } from './common/problems/problem';
import { sendProblem } from './common/problems/problem.filter';
import { type Environment } from './config/environment';
import { useApiDocs } from './openapi';

/** Longer than any request line that Node's parser lets through, so that the rules for ids judge every path. */
const MAX_PARAM_LENGTH = 65_536;

/** How often Node looks for requests that take too long to arrive, in milliseconds. */
const CONNECTION_CHECK_INTERVAL = 1000;

/** Makes the application as every entry and every test runs it; it listens to nothing yet. */
export async function createApp(module: DynamicModule, environment: Environment, logger: Logger) {
  const common = (request: FastifyRequest, reply: FastifyReply) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    allowOrigin(environment.corsOrigins, request, reply);
  };
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    trustProxy: (_address, hop) => hop < environment.trustProxy,
    requestTimeout: environment.requestTimeout,
    // Node would answer a request without Host itself, with an empty body.
    http: { connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL, requireHostHeader: false },
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      common(request, reply);
      sendProblem(error, request, reply);
    },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQuery },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  configureApp(app, environment, common);
  await app.init();
  await app.get(FirstAdminService).ensure();
  return app;
}

function configureApp(
  app: NestFastifyApplication,
  environment: Environment,
  common: (request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  const paths = new KnownPaths(fastify);
  const draining = app.get(Draining);

  fastify.addHook('onRoute', (route) => {
    if ((route.config as RouteSettings | undefined)?.unlimited) return;
    route.handlerTimeout = environment.requestTimeout;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    common(request, reply);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      sendProblem(new Problem(INVALID_INPUT, { detail: 'The header Host is missing.' }), request, reply);
      return;
    }
    if (!request.is404) {
      done();
      return;
    }
    const methods = paths.methodsFor(request.url);
    if (!methods) {
      sendProblem(new Problem(NOT_FOUND), request, reply);
    } else if (request.method === 'OPTIONS') {
      sendOptions(methods, request, reply);
    } else {
      const headers = { allow: methods.join(', ') };
      sendProblem(new Problem(METHOD_NOT_ALLOWED, { headers }), request, reply);
    }
  });
  // An expectation that we do not know is no reason to refuse; Node would, with an empty body.
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
  useJsonOnly(fastify);
  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    done(null, payload instanceof Page ? sendPage(request, reply, payload) : payload);
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (draining.active) void reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.setReplySerializer(toJson);
  fastify.addHook('onResponse', (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        path: loggablePath(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
      },
      'request',
    );
    done();
  });
  useApiDocs(app);
}

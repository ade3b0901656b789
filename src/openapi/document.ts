import { ModulesContainer } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type ApiFeatureOptions, apiFeatureOf } from '../common/api-feature.decorator';
import { Environment } from '../config/environment';
import { completeOperation } from './operation';
import { version } from '../version';
import { listCodes } from './problems';
import { renameMembers } from './schema';
import { type OperationObject, type Schemas } from './types';

const DESCRIPTION = `The backend of a catalogue of many stores: users, stores, items with exact prices, and tags.

Reading needs no token. Writing needs the \`access_token\` of \`POST /login\` as \`Authorization: Bearer …\`.

Every error is a problem document (RFC 9457) with a stable \`code\`. Newer versions may have
more codes: go by the status of one that you do not know. Lists page by the \`Link\` header.

The length of a text is counted in code points, after white space at both ends is removed and the text is normalised
(NFC). An id in a path that is too large to exist is 404.`;

/**
 * Creates the OpenAPI document from controllers and DTOs. It is complete only in the compiled program: see
 * nest-cli.json.
 */
export function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Emporium')
    .setDescription(DESCRIPTION)
    .setVersion(version())
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer(app.get(Environment).publicUrl ?? '/')
    .addBearerAuth(bearer('The `access_token` of `POST /login` and `POST /refresh`'), 'access_token')
    .addBearerAuth(bearer('The `refresh_token` of them, only for `POST /refresh`'), 'refresh_token');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory,
  });

  const schemas = (document.components?.schemas ?? {}) as Schemas;
  for (const schema of Object.values(schemas)) renameMembers(schema);
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path as Record<string, OperationObject>)) {
      completeOperation(operation, method, schemas);
    }
  }
  document.tags = featuresOf(app);
  listCodes(schemas, document);
  return withPublicNames(document);
}

/** Names an operation by its feature and what it does, such as `items.list`. */
function operationIdFactory(controller: string, method: string): string {
  const feature = controller.replace('Controller', '');
  return `${feature.charAt(0).toLowerCase()}${feature.slice(1)}.${method}`;
}

function bearer(description: string) {
  return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description } as const;
}

const INTERNAL_ENDING = /Dto$/;

/** Names the schemas without the ending of our classes. */
function withPublicNames(document: OpenAPIObject): OpenAPIObject {
  const renamed = JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    name === '$ref' ? (value as string).replace(INTERNAL_ENDING, '') : value,
  ) as OpenAPIObject;
  const { components } = renamed;
  if (components?.schemas) {
    components.schemas = Object.fromEntries(
      Object.entries(components.schemas).map(([name, schema]) => [name.replace(INTERNAL_ENDING, ''), schema]),
    );
  }
  return renamed;
}

/** The features of the application in the order of their modules, each with its description. */
function featuresOf(app: NestFastifyApplication): ApiFeatureOptions[] {
  const features = new Map<string, ApiFeatureOptions>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      const feature = typeof metatype === 'function' ? apiFeatureOf(metatype as never) : undefined;
      if (feature && !features.has(feature.name)) features.set(feature.name, feature);
    }
  }
  return [...features.values()];
}

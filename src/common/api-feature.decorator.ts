import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

/** A group of operations in the OpenAPI document. */
export interface ApiFeatureOptions {
  name: string;
  /** a short sentence without a full stop */
  description: string;
}

const FEATURE = 'emporium:feature';

/**
 * Groups the operations of a controller under this name in the OpenAPI document. If a name has several descriptions,
 * the first is used.
 */
export function ApiFeature(name: string, description: string): ClassDecorator {
  const options: ApiFeatureOptions = { name, description };
  return applyDecorators(SetMetadata(FEATURE, options), ApiTags(name));
}

/** The `@ApiFeature` of a controller. */
export function apiFeatureOf(controller: Type): ApiFeatureOptions | undefined {
  return Reflect.getMetadata(FEATURE, controller) as ApiFeatureOptions | undefined;
}

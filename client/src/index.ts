export { type ClientOptions, createClient, type Emporium } from './client';
export { List, type Page } from './list';
export {
  ConnectionError,
  type InputFault,
  isProblem,
  Problem,
  type ProblemCode,
  type ProblemDocument,
} from './problem';
export { type components, type operations, type paths } from './schema';
export { memoryStore, type Tokens, type TokenStore, webStore } from './tokens';
export { type Arguments, type OperationId, type Result, type Version } from './types';

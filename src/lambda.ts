import './check-node.cjs';
import { createHandler } from './function/handler';

/** For AWS Lambda: `dist/lambda.handler` answers events of API Gateway and of Application Load Balancers. */
export const handler = createHandler();

import { serve } from './server/serve';

void serve();

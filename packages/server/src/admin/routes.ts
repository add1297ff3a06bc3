import type { AdminRoute } from './route.ts';
import { acmeAccountRoutes } from './routes/acme-accounts.ts';
import { authorityRoutes } from './routes/authorities.ts';
import { authorityRulesRoutes } from './routes/authority-rules.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { clientRoutes } from './routes/clients.ts';
import { enrolmentRoutes } from './routes/enrolments.ts';
import { eventRoutes } from './routes/events.ts';
import { explainRoutes } from './routes/explain.ts';
import { keyRoutes } from './routes/keys.ts';
import { lineageRoutes } from './routes/lineages.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { profileRoutes } from './routes/profiles.ts';
import { recallRoutes } from './routes/recalls.ts';
import { resourceRoutes } from './routes/resources.ts';
import { rolloverRoutes } from './routes/rollovers.ts';
import { rootCrlRoutes } from './routes/root-crls.ts';
import { secretRoutes } from './routes/secrets.ts';
import { serverRoutes } from './routes/server.ts';

/** The whole admin API. */
export const adminRoutes: readonly AdminRoute[] = [
  ...clientRoutes,
  ...explainRoutes,
  ...enrolmentRoutes,
  ...acmeAccountRoutes,
  ...secretRoutes,
  ...certificateRoutes,
  ...resourceRoutes,
  ...keyRoutes,
  ...authorityRoutes,
  ...authorityRulesRoutes,
  ...rootCrlRoutes,
  ...rolloverRoutes,
  ...profileRoutes,
  ...lineageRoutes,
  ...recallRoutes,
  ...nodeRoutes,
  ...eventRoutes,
  ...serverRoutes,
];

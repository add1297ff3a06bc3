import type { ResourceDirectory } from '../ports.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Grant } from './grant.ts';

/** The grants that the token endpoint knows. */
export function grants(resources: ResourceDirectory): readonly Grant[] {
  return [clientCredentials(resources)];
}

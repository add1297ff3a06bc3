import type { Resource } from '../../clients/index.ts';
import { onceThere } from '../eventually.ts';
import type { ResourceDirectory } from '../ports.ts';
import { Refused } from '../refusal.ts';
import { chooseResource } from '../resource-indicator.ts';
import { narrowScope } from '../scope.ts';
import type { Grant, Granted } from './grant.ts';

/** RFC 6749 §4.4: the client asks in its own name, for one resource (RFC 8707). */
export function clientCredentials(resources: ResourceDirectory): Grant {
  return {
    type: 'client_credentials',
    grant: (form, client) =>
      onceThere<Resource | Refused, Granted | Refused>(
        chooseResource(form, client, resources),
        (resource) => {
          if (resource instanceof Refused) return resource;
          const scope = narrowScope(form.scope, client, resource);
          return scope instanceof Refused ? scope : { resource, scope };
        },
      ),
  };
}

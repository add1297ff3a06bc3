import type { Client, Resource } from '../../clients/index.ts';
import type { Eventually } from '../eventually.ts';
import type { Form } from '../form.ts';
import type { Refused } from '../refusal.ts';

/** What a grant allows: one resource, and the scope for it. */
export interface Granted {
  readonly resource: Resource;
  /** Space-separated, each once. */
  readonly scope: string;
}

/** One value of `grant_type`: a file each, listed in `grants.ts`. The client has authenticated. */
export interface Grant {
  /** The value of `grant_type`. */
  readonly type: string;
  grant(form: Form, client: Client): Eventually<Granted | Refused>;
}

import type { TSchema } from 'typebox';
import type { AdminContext } from './context.ts';

/** `mortise:enrol` is for clients that administer nothing: what it allows is about the client of the token alone. */
export type AdminScope = 'mortise:read' | 'mortise:admin' | 'mortise:enrol';

/** What a handler gets: the request, validated by its schemas, and who makes it. */
export interface AdminRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly actor: `client:${string}`;
  /** The client of the token. */
  readonly clientId: string;
}

/** One line of the admin API. The OpenAPI document is made from these very objects. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/admin/v1`, parameters in braces as in OpenAPI. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly scope: AdminScope;
  /** Descriptions of the parameters in the path, by name. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly body?: TSchema;
  /** Status of success. */
  readonly status: 200 | 201 | 204;
  readonly response?: TSchema;
  readonly handle: (request: AdminRequest, context: AdminContext) => unknown;
}

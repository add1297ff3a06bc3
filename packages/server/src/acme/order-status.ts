import type { Authorization, Order } from './records.ts';

export type OrderStatus = 'pending' | 'ready' | 'valid' | 'invalid';
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired';

/** RFC 8555 §7.1.6. */
export function authorizationStatus({ status, expiresAt }: Authorization, now: number): AuthorizationStatus {
  if (expiresAt > now) return status;
  if (status === 'valid') return 'expired';
  return status === 'pending' ? 'invalid' : status;
}

/** RFC 8555 §7.1.6. An order is never `processing`: its certificate is there when finalizing is answered. */
export function orderStatus(
  order: Order,
  authorizations: readonly Authorization[],
  now: number,
): OrderStatus {
  if (order.certificate !== undefined) return 'valid';
  if (order.expiresAt <= now || authorizations.length < order.authorizationIds.length) return 'invalid';
  const statuses = authorizations.map((one) => authorizationStatus(one, now));
  if (statuses.every((status) => status === 'valid')) return 'ready';
  return statuses.every((status) => status === 'valid' || status === 'pending') ? 'pending' : 'invalid';
}

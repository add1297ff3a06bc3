import type { Endpoint } from './endpoint.ts';
import { account, keyChange, newAccount } from './endpoints/accounts.ts';
import { authorization, challenge, newAuthorization } from './endpoints/authorizations.ts';
import {
  downloadAlternate,
  downloadCertificate,
  renewalInfo,
  revokeCertificate,
} from './endpoints/certificates.ts';
import { directory, newNonce } from './endpoints/directory.ts';
import { finalize } from './endpoints/finalize.ts';
import { listOrders, newOrder, showOrder } from './endpoints/orders.ts';

/** Everything below `/acme/<profile>/`. */
export const endpoints: readonly Endpoint[] = [
  directory,
  newNonce,
  newAccount,
  account,
  listOrders,
  keyChange,
  newOrder,
  showOrder,
  finalize,
  newAuthorization,
  authorization,
  challenge,
  downloadCertificate,
  downloadAlternate,
  revokeCertificate,
  renewalInfo,
];

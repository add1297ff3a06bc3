import { ClientError } from '../errors.ts';
import type { Authenticate, AuthenticationMethod } from './authentication-method.ts';
import { type ClientSecretBasicOptions, clientSecretBasic } from './client-secret-basic.ts';
import { type ClientSecretJwtOptions, clientSecretJwt } from './client-secret-jwt.ts';
import { type ClientSecretPostOptions, clientSecretPost } from './client-secret-post.ts';
import { type PrivateKeyJwtOptions, privateKeyJwt } from './private-key-jwt.ts';
import {
  type SelfSignedTlsClientAuthOptions,
  selfSignedTlsClientAuth,
} from './self-signed-tls-client-auth.ts';
import { type TlsClientAuthOptions, tlsClientAuth } from './tls-client-auth.ts';

/** How the client proves itself; `method` is its `token_endpoint_auth_method`. */
export type ClientAuthentication =
  | ClientSecretBasicOptions
  | ClientSecretPostOptions
  | ClientSecretJwtOptions
  | PrivateKeyJwtOptions
  | TlsClientAuthOptions
  | SelfSignedTlsClientAuthOptions;

const methods = [
  clientSecretBasic,
  clientSecretPost,
  clientSecretJwt,
  privateKeyJwt,
  tlsClientAuth,
  selfSignedTlsClientAuth,
] as readonly AuthenticationMethod<ClientAuthentication>[];

/** Throws `configuration_invalid`: unknown method, nothing to prove with, or a certificate that is missing. */
export function chooseAuthentication(options: ClientAuthentication, hasCertificate: boolean): Authenticate {
  const method = methods.find(({ name }) => name === options?.method);
  if (method === undefined) {
    const names = methods.map(({ name }) => name).join(', ');
    throw new ClientError('configuration_invalid', `"authentication.method" must be one of ${names}`);
  }
  if (method.needsCertificate && !hasCertificate) {
    throw new ClientError('configuration_invalid', `"certificate" is needed for ${method.name}`);
  }
  return method.create(options);
}

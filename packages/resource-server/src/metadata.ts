/** What a resource says of itself beyond what this library knows (RFC 9728 §2). */
export interface ResourceDescription {
  readonly name?: string | undefined;
  readonly scopesSupported?: readonly string[] | undefined;
  /** URL of a page for developers. */
  readonly documentation?: string | undefined;
  /** URL of the page on how data may be used. */
  readonly policyUri?: string | undefined;
  readonly termsOfServiceUri?: string | undefined;
}

/** The document of RFC 9728 §2, as served. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly tls_client_certificate_bound_access_tokens?: true;
  readonly resource_name?: string;
  readonly scopes_supported?: readonly string[];
  readonly resource_documentation?: string;
  readonly resource_policy_uri?: string;
  readonly resource_tos_uri?: string;
}

/** Where the metadata of a resource is, and what it says. */
export interface MetadataDocument {
  /** Absolute URL (RFC 9728 §3.1). */
  readonly url: string;
  /** Path and query of `url`: the request target to serve it at. */
  readonly path: string;
  readonly document: ProtectedResourceMetadata;
}

const wellKnown = '/.well-known/oauth-protected-resource';

/**
 * The metadata of a resource, or undefined where its identifier is no https URL and so has no well-known address (RFC 9728 §1.2). The
 * well-known segment goes between the host and the path and query; a path of "/" alone counts as none (§3.1). Empty lists are left out (§3.2).
 */
export function describeResource(
  resource: string,
  issuer: string,
  requiresBinding: boolean,
  description: ResourceDescription = {},
): MetadataDocument | undefined {
  const url = URL.parse(resource);
  if (url?.protocol !== 'https:') return undefined;
  const path = `${wellKnown}${url.pathname === '/' ? '' : url.pathname}${url.search}`;
  return {
    url: `${url.origin}${path}`,
    path,
    document: {
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      ...(requiresBinding && { tls_client_certificate_bound_access_tokens: true }),
      ...(description.name !== undefined && { resource_name: description.name }),
      ...((description.scopesSupported?.length ?? 0) > 0 && {
        scopes_supported: description.scopesSupported!,
      }),
      ...(description.documentation !== undefined && { resource_documentation: description.documentation }),
      ...(description.policyUri !== undefined && { resource_policy_uri: description.policyUri }),
      ...(description.termsOfServiceUri !== undefined && { resource_tos_uri: description.termsOfServiceUri }),
    },
  };
}

const form = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]{1,1000}$/;

/**
 * Whether a text can identify a resource (RFC 8707 §2): an absolute URI without fragment, here of at most about
 * 1000 characters. Identifiers are compared as they are, character by character.
 */
export function isResourceIdentifier(text: string): boolean {
  return form.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(text) && URL.canParse(text);
}

/** What `authority show --json` says of one, and `authority create` or `import` of what they made, as far as tests look. */
export interface ShownAuthority {
  readonly authority_id: string;
  readonly name: string;
  readonly kind: string;
  readonly signer: string;
  readonly key_location?: string;
  readonly fingerprint256: string;
  readonly parent_id?: string;
}

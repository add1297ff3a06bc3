/** What the admin API answers, as far as commands read it. Times are epoch seconds, as in RFC 7591. */
export interface ClientDocument {
  readonly client_id: string;
  readonly client_name?: string;
  readonly client_secret?: string;
  readonly client_secret_expires_at?: number;
  readonly client_id_issued_at: number;
  readonly token_endpoint_auth_method: string;
  readonly scope: string;
  readonly resources?: readonly string[];
  readonly status: string;
  readonly tls_client_certificate_bound_access_tokens?: boolean;
  readonly credentials?: readonly CredentialDocument[];
  readonly enrolment?: EnrolmentDocument;
  readonly [member: string]: unknown;
}

export interface EnrolmentDocument {
  readonly directory: string;
  readonly eab_kid: string;
  readonly eab_hmac_key: string;
  readonly eab_expires_at: number;
  readonly identifier?: string;
  readonly ca_fingerprints: readonly string[];
  readonly ca: string;
  readonly commands: Readonly<Record<string, string>>;
}

/** A key that may still bind an ACME account. */
export interface EnrolmentKeyDocument {
  readonly eab_kid: string;
  readonly client_id: string;
  readonly profile: string;
  readonly created_at: number;
  readonly eab_expires_at: number;
}

export interface AcmeAccountDocument {
  readonly account_id: string;
  readonly account_url: string;
  readonly profile: string;
  readonly client_id?: string;
  readonly status: 'valid' | 'deactivated';
  readonly contact: readonly string[];
  readonly jkt: string;
  readonly created_at: number;
}

export interface RecallDocument {
  readonly recall_id: string;
  readonly filter: {
    readonly authority_id?: string;
    readonly profile?: string;
    readonly key_type?: string;
    readonly issued_from?: number;
    readonly issued_until?: number;
  };
  readonly explanation_url?: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly ended_at?: number;
  readonly progress?: RecallProgressDocument;
}

export interface RecallProgressDocument {
  readonly certificates: number;
  readonly replaced: number;
  readonly revoked: number;
  readonly expired: number;
  readonly outstanding: number;
  readonly replaced_percent: number;
}

export interface RecalledCertificateDocument {
  readonly fingerprint256: string;
  readonly state: string;
  readonly profile: string;
  readonly client_id?: string;
  readonly names: readonly string[];
  readonly not_after: number;
}

export interface CredentialDocument {
  readonly credential_id: string;
  readonly kind: 'secret' | 'key' | 'certificate';
  readonly created_at: number;
  readonly expires_at?: number;
  readonly revoked_at?: number;
  readonly last_used_at?: number;
  readonly hint?: string;
  readonly stored?: string;
  readonly jkt?: string;
  readonly subject?: string;
  readonly fingerprint256?: string;
  readonly not_after?: number;
}

export interface CertificateDocument {
  readonly fingerprint256: string;
  readonly serial_number: string;
  readonly subject: string;
  readonly profile: string;
  readonly client_id?: string;
  readonly authority_id: string;
  readonly not_before: number;
  readonly not_after: number;
  readonly revoked_at?: number;
  readonly certificate: string;
}

export interface LineageDocument {
  readonly client_id: string;
  readonly profile: string;
  readonly names: readonly string[];
  readonly stage: 'unused' | 'waiting' | 'moving' | 'settled';
  /** The newest first. */
  readonly certificates: readonly {
    readonly fingerprint256: string;
    readonly not_after: number;
    readonly revoked_at?: number;
    readonly replaced_by?: string;
    readonly last_used_at?: number;
    readonly last_seen_at?: number;
    readonly live_tokens: number;
  }[];
}

export interface IssuedDocument extends CertificateDocument {
  /** PEM, leaf first. */
  readonly certificates: string;
  /** PEM of the roots. */
  readonly ca: string;
  /** PEM; present where the key was made here. */
  readonly private_key?: string;
}

export interface ResourceDocument {
  readonly resource: string;
  readonly resource_name?: string;
  readonly scopes_supported: readonly string[];
  readonly signing_algorithm: string;
  readonly resource_servers: readonly string[];
  readonly access_token_lifetime_seconds?: number;
}

export interface KeyDocument {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
  readonly created_at: number;
  readonly activates_at: number;
  readonly retires_at?: number;
  readonly revoked_at?: number;
}

export interface AuthorityDocument {
  readonly authority_id: string;
  readonly name: string;
  readonly state: string;
  readonly signer: string;
  readonly kind: string;
  readonly subject: string;
  readonly fingerprint256: string;
  readonly not_after: number;
  readonly revoked_at?: number;
  readonly certificate: string;
}

export interface AuthorityRequestDocument {
  readonly request_id: string;
  readonly name: string;
  readonly parent_id: string;
  readonly key_type: string;
  readonly subject: string;
  /** PEM. */
  readonly csr: string;
  readonly created_at: number;
}

export interface NodeDocument {
  readonly client_id: string;
  readonly position: number;
  readonly lag: number;
  readonly last_seen_at: number;
  readonly connected: boolean;
}

/** A rollover, as the admin API shows it. */
export interface RolloverDocument {
  readonly rollover_id: string;
  readonly authority: string;
  readonly phase: 'published' | 'switched' | 'retired' | 'cancelled';
  readonly next?: 'switch' | 'retire';
  readonly old_root: RolloverRootDocument;
  readonly new_root: RolloverRootDocument;
  readonly published_at: number;
  readonly switched_at?: number;
  readonly participants: readonly {
    readonly name: string;
    readonly kind: string;
    readonly state: 'ready' | 'lacking' | 'silent' | 'unobservable';
    readonly last_report_at?: number;
  }[];
  readonly certificates: readonly {
    readonly fingerprint256: string;
    readonly holder: string;
    readonly profile: string;
    readonly not_after: number;
  }[];
  readonly blocking: readonly string[];
  readonly waived: readonly string[];
  readonly broken?: readonly string[];
}

export interface RolloverRootDocument {
  readonly authority_id: string;
  readonly subject: string;
  readonly fingerprint256: string;
}

/** What the admin API answers about refusals and decisions, as far as the command reads it. Times are epoch seconds. */
export interface RefusalDocument {
  readonly at: number;
  readonly endpoint: string;
  readonly listener: string;
  readonly remote_address: string;
  readonly 'x5t#S256'?: string;
  readonly status: number;
  readonly reason: ReasonDocument;
  readonly summary: string;
  readonly advice?: string;
}

export interface ReasonDocument {
  readonly code: string;
  readonly [value: string]: unknown;
}

export interface CheckDocument {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not_asked';
  readonly message: string;
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
}

export interface ExplanationDocument {
  readonly client_id: string;
  readonly at: number;
  readonly client: CheckDocument;
  readonly certificate?: {
    readonly subject: string;
    readonly fingerprint256: string;
    readonly role: 'authentication' | 'binding';
    readonly accepted: boolean;
    readonly refusal?: {
      readonly reason: ReasonDocument;
      readonly summary: string;
      readonly advice?: string;
    };
    readonly checks: readonly CheckDocument[];
    readonly cnf: { readonly 'x5t#S256': string };
  };
  readonly token?: { readonly accepted: boolean; readonly checks: readonly CheckDocument[] };
}

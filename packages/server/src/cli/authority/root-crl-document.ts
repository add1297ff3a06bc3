/** What is published for a root whose key is kept offline, as the admin API says it. */
export interface RootCrlDocument {
  readonly authority_id: string;
  readonly name: string;
  readonly subject: string;
  readonly state: 'none' | 'expired' | 'incomplete' | 'current';
  readonly lacking: number;
  readonly due: boolean;
  readonly crl_number?: number;
  readonly this_update?: number;
  readonly next_update?: number;
}

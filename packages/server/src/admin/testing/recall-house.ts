import type { KeyObject } from 'node:crypto';
import { Certificate } from '@mortise/x509';
import { certificateId } from '../../acme/certificate-id.ts';
import type { AcmeClient } from '../../acme/testing/acme-client.ts';
import { type AcmeHouse, openAcme } from '../../acme/testing/open-acme.ts';
import { certificateFor } from '../../acme/testing/prove.ts';
import { runCommand } from '../../cli/testing/run-command.ts';

export interface Progress {
  readonly certificates: number;
  readonly replaced: number;
  readonly revoked: number;
  readonly expired: number;
  readonly outstanding: number;
  readonly replaced_percent: number;
}

export interface RecallHouse {
  readonly house: AcmeHouse;
  /** Runs a command as the administrator. */
  command(...argv: string[]): ReturnType<typeof runCommand>;
  /** The same, and what it prints as JSON; rejects if it fails. */
  mortise<Shown = Record<string, unknown>>(...argv: string[]): Promise<Shown>;
  recall(...flags: string[]): Promise<{ recall_id: string; created_at: number; progress: Progress }>;
  progress(id: string): Promise<Progress>;
  /** A certificate of a TLS server by ACME. */
  issue(client: AcmeClient, options?: { key?: KeyObject; replaces?: Certificate }): Promise<Certificate>;
  /** What renewal information says now. */
  renewal(certificate: Certificate): Promise<{ start: number; end: number; explanation?: string }>;
}

export async function openRecallHouse(flags: Readonly<Record<string, unknown>> = {}): Promise<RecallHouse> {
  const house = await openAcme(flags);
  const { data, issuer } = house.server;
  const reader = await house.client({ account: false });
  const command = (...argv: string[]) => runCommand([...argv, '--data', data, '--json']);
  const mortise = async <Shown>(...argv: string[]): Promise<Shown> => {
    const result = await command(...argv);
    if (result.status !== 0) throw new Error(result.stderr);
    return result.json() as Shown;
  };
  return {
    house,
    command,
    mortise,
    recall: (...filter) => mortise('authority', 'recall', ...filter),
    progress: async (id) => (await mortise<{ progress: Progress }>('authority', 'recall', id)).progress,
    issue: async (client, { key, replaces } = {}) => {
      const more = replaces === undefined ? {} : { replaces: certificateId(replaces) };
      const { download } = await certificateFor(house, client, ['localhost'], more, key);
      return Certificate.parse(download.text);
    },
    renewal: async (certificate) => {
      const url = `${issuer}/acme/server/renewal-info/${certificateId(certificate)}`;
      const { json } = await reader.send('GET', url);
      const { start, end } = json.suggestedWindow as { start: string; end: string };
      return {
        start: Date.parse(start),
        end: Date.parse(end),
        ...(json.explanationURL === undefined ? {} : { explanation: json.explanationURL as string }),
      };
    },
  };
}

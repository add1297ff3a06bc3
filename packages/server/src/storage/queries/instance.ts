import type { Event, EventDraft, JsonObject } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import { holdMutex } from './mutexes.ts';

/** The outer names, burned into tokens and certificates, and the ports that were bound at the first start. */
export interface Instance {
  /** The OAuth issuer: an https URL without query or fragment. */
  readonly issuer: string;
  readonly mtlsUrl: string;
  readonly pkiUrl: string;
  /** DNS names and addresses in the server's certificate. */
  readonly serverNames: readonly string[];
  /** Port of each listener at the first start, for those given as port 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface InstanceStore {
  /** `undefined` before the first start. */
  get(): Promise<Instance | undefined>;
  /** At the first start; `false` where another node was first, and nothing was changed. */
  initialise(instance: Instance, event: EventDraft): Promise<boolean>;
  /** With `--change-urls`: replaces it; `undefined` where there is none yet. */
  update(instance: Instance, event: EventDraft): Promise<Event | undefined>;
}

const settingName = 'instance';

export class InstanceQueries implements InstanceStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async get(): Promise<Instance | undefined> {
    const [row] = await this.#acts.database.all<{ value: string }>(
      'SELECT value FROM settings WHERE name = ?',
      [settingName],
    );
    return row === undefined ? undefined : (JSON.parse(row.value) as Instance & JsonObject);
  }

  initialise(instance: Instance, event: EventDraft): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      await holdMutex(transaction, 'settings');
      const inserted = await transaction.run(
        'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
        [settingName, JSON.stringify(instance)],
      );
      if (inserted === 0) undo(false);
      return { events: [event], outcome: () => true };
    });
  }

  update(instance: Instance, event: EventDraft): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      const updated = await transaction.run('UPDATE settings SET value = ? WHERE name = ?', [
        JSON.stringify(instance),
        settingName,
      ]);
      if (updated === 0) undo(undefined);
      return { events: [event], outcome: ([first]) => first };
    });
  }
}

import type { ProfileRecord, ProfileStore } from '../../authority/index.ts';
import type { EventDraft, JsonObject } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';

interface ProfileRow {
  name: string;
  definition: string;
  created_at: number;
  updated_at: number;
  revision: number;
}

/** The profiles that an administrator made. There are few of them. */
export class ProfileQueries implements ProfileStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async list(): Promise<ProfileRecord[]> {
    const rows = await this.#acts.database.all<ProfileRow>(
      'SELECT name, definition, created_at, updated_at, revision FROM profiles ORDER BY name',
    );
    return rows.map((row) => ({
      name: row.name,
      definition: JSON.parse(row.definition) as JsonObject,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      revision: row.revision,
    }));
  }

  save(
    { profile, expectedRevision }: { readonly profile: ProfileRecord; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean> {
    const { name, createdAt, updatedAt, revision } = profile;
    const definition = JSON.stringify(profile.definition);
    return this.#acts.act(async (transaction) => {
      const changed =
        expectedRevision === 0
          ? await transaction.run(
              `INSERT INTO profiles (name, definition, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (name) DO NOTHING`,
              [name, definition, createdAt, updatedAt, revision],
            )
          : await transaction.run(
              'UPDATE profiles SET definition = ?, updated_at = ?, revision = ? WHERE name = ? AND revision = ?',
              [definition, updatedAt, revision, name, expectedRevision],
            );
      if (changed === 0) undo(false);
      return { events, outcome: () => true };
    });
  }
}

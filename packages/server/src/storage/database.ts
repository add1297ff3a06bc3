/** What a column holds. Booleans are stored as 0 and 1, structures as JSON text. */
export type Value = string | number | null | Uint8Array;

/**
 * Runs statements written once for both databases: `?` placeholders, and `FOR UPDATE` / `FOR SHARE` at the end where a
 * row has to be held (SQLite has one writer, so there they are dropped). Statements are prepared and kept: their text
 * has to come from a bounded set.
 */
export interface Reader {
  all<Row extends object>(sql: string, values?: readonly Value[]): Promise<Row[]>;
}

/** Reads one moment, whatever is committed meanwhile. */
export interface SnapshotReader extends Reader {
  /** All rows of a query, `size` at a time, without holding them all in memory. */
  pages<Row extends object>(sql: string, size: number): AsyncIterable<Row[]>;
}

/** Inside one transaction. */
export interface Transaction extends Reader {
  /** Resolves with how many rows were changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
}

/**
 * What a work resolves with that has sent all of its statements and waits for answers still: on PostgreSQL the commit is sent
 * behind them. A statement that fails keeps it from being one; nothing else may refuse any more.
 */
export class Sent<Result> {
  readonly answers: Promise<Result>;

  constructor(answers: Promise<Result>) {
    this.answers = answers;
    // Whoever commits hears of a failure, as soon as they wait.
    answers.catch(() => {});
  }
}

export interface TransactOptions<Result> {
  /** Called right after the commit, in the order of the commits of this process, before `transact` resolves. */
  readonly committed?: (result: Result) => void;
}

/** One of the two kinds of database. Reading outside of a transaction sees what is committed. */
export interface Database extends Reader {
  readonly dialect: 'sqlite' | 'postgres';
  /**
   * Resolves after `work`'s changes are durable; what `work` throws undoes them and is thrown on. On SQLite, several
   * transactions share one commit, so `work` must await nothing but its statements. On PostgreSQL it is repeated after
   * a deadlock or serialization failure, so it must have no other effects.
   */
  transact<Result>(
    work: (transaction: Transaction) => Promise<Result | Sent<Result>>,
    options?: TransactOptions<Result>,
  ): Promise<Result>;
  /** One statement that is a transaction by itself: durable when it resolves, in one round trip. */
  statement<Row extends object>(sql: string, values: readonly Value[]): Promise<Row[]>;
  /** Everything that `work` reads is of one moment. */
  snapshot<Result>(work: (reader: SnapshotReader) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

import { readFileSync } from 'node:fs';

interface TestStore {
  readonly password: string;
  readonly bytes: Buffer;
}

/** Stores made by OpenSSL 3.0 (with `-legacy` where the name says so) and by keytool of OpenJDK 17; their keys serve nothing else. */
export const TEST_STORES: Readonly<Record<string, TestStore>> = Object.fromEntries(
  Object.entries(
    JSON.parse(readFileSync(new URL('./test-stores.json', import.meta.url), 'utf8')) as Record<
      string,
      { password: string; base64: string }
    >,
  ).map(([name, { password, base64 }]) => [name, { password, bytes: Buffer.from(base64, 'base64') }]),
);

/** One of {@link TEST_STORES}. */
export function testStore(name: string): TestStore {
  const store = TEST_STORES[name];
  if (store === undefined) throw new Error(`there is no test store ${name}`);
  return store;
}

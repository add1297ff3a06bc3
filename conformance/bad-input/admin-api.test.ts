import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House, type IssuedIdentity } from '../invariants/testing/house.ts';
import { bearer, type HttpsAnswer } from '../invariants/testing/https-request.ts';

let house: House;
let billing: IssuedIdentity;
let node: IssuedIdentity;

before(async () => {
  house = await House.start();
  node = await house.certified('node', { scope: '', resources: [] });
  await house.resource(['node']);
  billing = await house.certified('billing');
  const strange = { resource: 'https://strange.example', scopes_supported: ['strange'] };
  await house.administer('POST', '/resources', strange);
});
after(async () => {
  assert.doesNotMatch(house.logged, /"level":(50|60)/, 'nothing failed inside');
  await house.discard();
});

interface Operation {
  readonly requestBody?: { content: Record<string, { schema: { $ref?: string; properties?: object } }> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { properties?: object }>> };
}

/** Method, path below /admin/v1, and the members of the body, of everything that the document names. */
async function operations(): Promise<{ method: string; path: string; members: string[] }[]> {
  const document = (await house.administer('GET', '/openapi.json')) as unknown as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => /^(get|post|patch|delete)$/.test(method))
      .map(([method, { requestBody }]) => {
        const schema = requestBody?.content['application/json']?.schema;
        const named =
          schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!];
        return {
          method: method.toUpperCase(),
          path: path.replace(/^.*\/admin\/v1/, ''),
          members: Object.keys(named?.properties ?? {}),
        };
      }),
  );
}

/** Success, or a problem document (RFC 9457) that is not the server's own failure; the guard of the API answers by RFC 6750. */
function assertForeseen(answer: HttpsAnswer, what: string): void {
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`);
  if (answer.status < 400) return;
  if (answer.status === 403 && answer.headers['www-authenticate'] !== undefined) return;
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, what);
  assert.equal(answer.body['status'], answer.status, what);
  assert.equal(typeof answer.body['code'], 'string', what);
}

const raw = async (
  method: string,
  path: string,
  body: string | Buffer,
  type?: string,
): Promise<HttpsAnswer> =>
  house.send('mtls', `/admin/v1${path}`, {
    method,
    body,
    identity: house.administrator,
    headers: {
      ...bearer(await house.administratorToken()),
      ...(type !== undefined && { 'content-type': type }),
    },
  });

test('whatever stands in a path is found or not, or a bad request', async () => {
  const strange = [
    ...[
      '%00',
      'a%00b',
      '%ff',
      '%',
      '%zz',
      '%ed%a0%80',
      '%c3%a9',
      '%0a',
      '%20',
      '.',
      '..',
      '..%2f..%2fkeys',
      '*',
      'a;b',
    ],
    ...[
      '__proto__',
      'constructor',
      'null',
      '-1',
      "'%20OR%201=1%20--",
      'a'.repeat(3000),
      encodeURIComponent('http://['),
    ],
  ];
  for (const { method, path } of await operations()) {
    if (!path.includes('{')) continue;
    for (const value of strange) {
      const target = path.replace(/\{\w+\}/g, value);
      assertForeseen(
        await house.ask(method, target, method === 'GET' ? undefined : {}),
        `${method} ${target}`,
      );
    }
  }
});

test('whatever stands in a query is understood or a bad request', async () => {
  const strange = [
    ...[
      'x=1',
      'limit=-1',
      'limit=1e9',
      'limit=',
      'limit=1&limit=2',
      'limit[]=1',
      '__proto__=1',
      '%',
      '=',
      '&&',
    ],
    ...['after=%00', 'after=%ff', 'after=99999999999999999999', `after=${'a'.repeat(5000)}`, 'client_id=%00'],
  ];
  for (const { method, path } of await operations()) {
    if (method !== 'GET' || path.includes('{')) continue;
    for (const query of strange) {
      assertForeseen(await house.ask(method, `${path}?${query}`), `${method} ${path}?${query}`);
    }
  }
});

test('whatever stands in a member of a body is taken or refused by its name', {
  timeout: 300_000,
}, async () => {
  const strange: unknown[] = [
    ...[
      null,
      0,
      -1,
      1.5,
      1e308,
      Number.MAX_SAFE_INTEGER,
      true,
      '',
      '\0',
      'a\0b',
      '\ud800',
      'é',
      'x'.repeat(100_000),
    ],
    ...[[], {}, [[]], [null], [{}], ['\0'], ['\ud800'], { keys: [] }, { keys: [null] }, { keys: [{}] }],
    { keys: [{ kty: 'RSA', n: 'AQ', e: 'AQAB' }] },
    { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] },
    { keys: [{ kty: 'oct', k: 'AAAA' }] },
    { keys: [{ kty: 'EC', x5c: ['AA'] }] },
    [billing.leaf],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    [{ subject: 'CN=\0', public_key: 'x' }],
    ...['https://', 'https://x\0', 'CN=\0', 'CN=\ud800', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n'],
  ];
  let count = 0;
  for (const { method, path, members } of await operations()) {
    for (const member of members) {
      for (const value of strange) {
        count += 1;
        const needed = {
          '/clients': { client_id: `strange-${count}` },
          '/resources': { resource: `https://strange-${count}.example`, scopes_supported: [] },
          '/certificates': { client_id: 'billing' },
        }[path];
        const target = path
          .replace('{resource}', encodeURIComponent('https://strange.example'))
          .replace('{client_id}', 'strange-1')
          .replace(/\{\w+\}/g, 'none');
        const what = `${method} ${target} ${member} ${JSON.stringify(value).slice(0, 60)}`;
        assertForeseen(await house.ask(method, target, { ...needed, [member]: value }), what);
      }
    }
  }
  assert.ok(count > 500);
});

test('a body that is no JSON object, or of another type, or too large, is refused', async () => {
  for (const { method, path, members } of await operations()) {
    if (members.length === 0) continue;
    const target = path.replace(/\{\w+\}/g, 'none');
    for (const text of [
      ...[
        '{',
        '[]',
        'null',
        '"x"',
        '1',
        '{"a":',
        '{"__proto__":{"x":1}}',
        '{"constructor":{"prototype":{}}}',
      ],
      ...['['.repeat(50_000), '{"a":'.repeat(20_000), '\ufeff{}x'],
    ]) {
      const answer = await raw(method, target, text, 'application/json');
      assertForeseen(answer, text.slice(0, 40));
      assert.ok(answer.status >= 400, `${method} ${target} ${text.slice(0, 40)}: ${answer.status}`);
    }
    assertForeseen(
      await raw(method, target, Buffer.from([0xff, 0xfe, 0x7b]), 'application/json'),
      'no UTF-8',
    );
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'x']) {
      assert.match(String((await raw(method, target, '{}', type)).status), /^4(00|15)$/, type);
    }
    const large = await raw(method, target, `{"x":"${'a'.repeat(300_000)}"}`, 'application/json');
    assert.equal(large.status, 413, target);
    assert.equal(large.body['code'], 'body_too_large');
  }
});

test('paths and methods that there are not are 404, and no path is another in disguise', async () => {
  for (const path of [
    ...['/', '/nothing', '//clients', '/clients/', '/CLIENTS', '/clients;x=1', '/clients/billing/nothing'],
  ]) {
    const answer = await house.ask('GET', path);
    assert.equal(answer.status, 404, path);
    assertForeseen(answer, path);
  }
  for (const method of ['PUT', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    assertForeseen(await house.ask(method, '/clients'), method);
  }
});

test('a report of a node is taken or refused by its member, and never holds up those of others', async () => {
  const report = (json: unknown): Promise<HttpsAnswer> =>
    house.send('mtls', '/nodes/v1/reports', { identity: node, json });
  const met = { 'x5t#S256': 'A'.repeat(43), client_id: 'billing', lastSeenAt: 1, count: 1 };
  assert.equal((await report({ position: 1, certificates: [met] })).status, 204);
  for (const [what, value] of [
    ['a list', []],
    ['null', null],
    ['no position', {}],
    ['a position to come', { position: Number.MAX_SAFE_INTEGER }],
    ['a NUL', { position: 1, certificates: [{ ...met, client_id: 'a\0b' }] }],
    ['half of a surrogate pair', { position: 1, certificates: [{ ...met, client_id: '\ud800' }] }],
    ['an endless count', { position: 1, certificates: [{ ...met, count: 1e300 }] }],
    ['too many', { position: 1, certificates: Array.from({ length: 20_000 }, () => met) }],
    ['nesting', { position: 1, enforced: JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown }],
  ] as const) {
    const answer = await report(value);
    assert.equal(answer.status, 400, what);
    assertForeseen(answer, what);
  }
  for (const body of ['', '{', '['.repeat(100_000), Buffer.from([0xff, 0xfe])]) {
    const answer = await house.send('mtls', '/nodes/v1/reports', { method: 'POST', identity: node, body });
    assert.equal(answer.status, 400);
    assert.equal(answer.body['code'], 'body_invalid');
  }
  const large = Buffer.alloc(5 * 1024 * 1024, 'a');
  const answer = await house.send('mtls', '/nodes/v1/reports', {
    method: 'POST',
    identity: node,
    body: large,
  });
  assert.deepEqual([answer.status, answer.body['code']], [413, 'body_too_large']);
  for (const resource of ['', '%00', '%ff', 'x&resource=y', 'x'.repeat(9000)]) {
    const feed = await house.send('mtls', `/nodes/v1/feed?resource=${resource}`, { identity: node });
    assert.deepEqual([feed.status, feed.body['code']], [403, 'resource_not_served'], resource.slice(0, 10));
  }
});

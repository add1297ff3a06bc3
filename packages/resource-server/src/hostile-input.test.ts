import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasTokenInQuery } from './authorization-header.ts';
import { readFeedMessage } from './revocation/feed-messages.ts';
import { facts, key, now, reason, setUp } from './testing/deciding.ts';
import { claims, encode, signSegments, signToken } from './testing/tokens.ts';

const { resourceServer } = setUp();
const right = signToken(key, claims(now));

test('no Authorization header but a right one is let through, and none makes it throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        { maxLength: 3 },
      ),
      async (authorization) => {
        assert.notEqual(reason(await resourceServer.verify(facts(undefined, { authorization }))), 'allowed');
      },
    ),
  );
});

test('a right token with any one character changed is refused', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~';
  await fc.assert(
    fc.asyncProperty(fc.nat(right.length - 1), fc.constantFrom(...alphabet), async (at, character) => {
      fc.pre(right[at] !== character);
      const changed = `${right.slice(0, at)}${character}${right.slice(at + 1)}`;
      assert.notEqual(reason(await resourceServer.verify(facts(changed))), 'allowed');
    }),
  );
});

test('headers and claims of any JSON are judged, not thrown at', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (header, payload) => {
      const token = signSegments(key, encode(header), encode(payload));
      assert.notEqual(reason(await resourceServer.verify(facts(token))), 'allowed');
    }),
  );
});

test('rightly signed claims with any one of any value are judged, not thrown at', async () => {
  const names = ['iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'jti', 'client_id', 'scope', 'cnf', 'mortise'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.jsonValue(), async (name, value) => {
      const token = signToken(key, claims(now, { [name]: value }));
      const decision = await resourceServer.verify(facts(token));
      if (name === 'cnf') assert.notEqual(reason(decision), 'allowed');
    }),
  );
});

test('any request target is searched for a token without throwing', () => {
  fc.assert(fc.property(fc.string(), (url) => typeof hasTokenInQuery(url) === 'boolean'));
});

test('any feed line is read, passed over, or refused with its code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      try {
        readFeedMessage(line);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'feed_invalid');
      }
    }),
  );
});

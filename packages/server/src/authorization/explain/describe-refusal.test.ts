import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RefusalReason } from '../refusal.ts';
import { describeRefusal } from './describe-refusal.ts';

test('a refusal says what was compared, and what to do', () => {
  assert.deepEqual(
    describeRefusal({
      code: 'certificate_mismatch',
      matcher: 'san_dns',
      expected: 'pay.example',
      presented: ['ship.example'],
    }),
    {
      summary:
        'The certificate is not named as the client is registered: san_dns is ship.example; expected: pay.example.',
      advice: 'Present the certificate of this client, or register the name that it has.',
    },
  );
  assert.equal(describeRefusal({ code: 'client_unknown' }).advice, undefined);
});

test('a limit says what kept failing', () => {
  const cause: RefusalReason = { code: 'secret_wrong' };
  const { summary, advice } = describeRefusal({ code: 'failure_limit', retryAfterSeconds: 30, cause });
  assert.match(summary, /wait for 30 seconds.*secret is none of/);
  assert.equal(advice, describeRefusal(cause).advice);
});

test('a suspended client can be resumed, a revoked one cannot', () => {
  assert.match(describeRefusal({ code: 'client_inactive', status: 'suspended' }).advice!, /resume/);
  assert.equal(describeRefusal({ code: 'client_inactive', status: 'revoked' }).advice, undefined);
});

test('a path names each failure', () => {
  const failures = [{ code: 'expired', message: 'the certificate has expired' }, { code: 'no_path' }];
  const { summary } = describeRefusal({ code: 'certificate_path_invalid', failures });
  assert.match(summary, /: expired \(the certificate has expired\), no_path\.$/);
});

test('times are dates, and absent names are said to be absent', () => {
  const outside = describeRefusal({ code: 'certificate_outside_validity', notAfter: Date.UTC(2027, 0, 31) });
  assert.equal(outside.summary, 'The certificate ended at 2027-01-31T00:00:00Z.');
  const unnamed = describeRefusal({
    code: 'certificate_mismatch',
    matcher: 'san_uri',
    expected: 'urn:a',
    presented: [],
  });
  assert.match(unnamed.summary, /san_uri is absent/);
});

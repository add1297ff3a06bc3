import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusedConnection } from './refused-connection.ts';

const failure = (code: string): Error =>
  new Error('no answer', { cause: Object.assign(new Error('below'), { code }) });

test('an alert about the certificate says that nothing was read, whatever the method', () => {
  for (const alert of [
    'SSLV3_ALERT_CERTIFICATE_UNKNOWN',
    'TLSV1_ALERT_UNKNOWN_CA',
    'TLSV13_ALERT_CERTIFICATE_REQUIRED',
  ]) {
    assert.equal(isRefusedConnection(failure(`ERR_SSL_${alert}`), 'POST'), true, alert);
  }
  assert.equal(isRefusedConnection(failure('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'GET'), false);
});

test('a connection that just ended may have brought the request: only what may be repeated is', () => {
  for (const code of ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']) {
    for (const method of [undefined, 'GET', 'put', 'DELETE'])
      assert.equal(isRefusedConnection(failure(code), method), true);
    for (const method of ['POST', 'PATCH']) assert.equal(isRefusedConnection(failure(code), method), false);
  }
});

test('anything else is not about the certificate', () => {
  for (const error of [
    failure('ECONNREFUSED'),
    failure('CERT_HAS_EXPIRED'),
    new Error('x'),
    'x',
    undefined,
  ]) {
    assert.equal(isRefusedConnection(error, 'GET'), false);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHost, parseName, parsePurpose, parseTime, suggestionFor } from './subject-of-verification.ts';

test('a server is a name or an address with a port, IPv6 in brackets', () => {
  assert.deepEqual(parseHost('example.com:443'), { host: 'example.com', port: 443 });
  assert.deepEqual(parseHost('192.0.2.1:8443'), { host: '192.0.2.1', port: 8443 });
  assert.deepEqual(parseHost('[2001:db8::1]:443'), { host: '2001:db8::1', port: 443 });
  assert.deepEqual(parseHost('[::1]:443'), { host: '::1', port: 443 });
  assert.deepEqual(parseHost('bücher.example:443'), { host: 'xn--bcher-kva.example', port: 443 });
  for (const text of [
    '',
    'example.com',
    ':443',
    'a:0',
    'a:65536',
    'a:b',
    '::1:443',
    '[::1]',
    '[a]:1',
    '[1.2.3.4]:1',
  ]) {
    assert.equal(parseHost(text), undefined, text);
  }
  for (const text of ['./file.pem', '/tmp/x:1', 'https://a:443', 'a b:443'])
    assert.equal(parseHost(text), undefined, text);
});

test('what is neither file nor server gets a hint where one can be guessed', () => {
  assert.match(suggestionFor('example.com'), /add its port: example\.com:443$/);
  assert.match(suggestionFor('https://example.com/a'), /here example\.com:443$/);
  assert.match(suggestionFor('https://example.com:8443/a'), /here example\.com:8443$/);
  assert.match(suggestionFor('::1'), /\[::1\]:443$/);
  assert.match(suggestionFor('2001:db8::1:443'), /\[2001:db8::1\]:443$/);
  assert.match(suggestionFor('example.com:99999'), /from 1 to 65535$/);
  assert.match(suggestionFor('[::1]:0'), /from 1 to 65535$/);
  assert.equal(suggestionFor('server.pem'), '');
  assert.equal(suggestionFor('no such'), '');
});

test('a name is of the type that it looks like, or that it says', () => {
  assert.deepEqual(parseName('api.example.com'), { type: 'dns', value: 'api.example.com' });
  assert.deepEqual(parseName('[2001:db8::1]'), { type: 'ip', value: '2001:db8::1' });
  assert.deepEqual(parseName('192.0.2.1'), { type: 'ip', value: '192.0.2.1' });
  assert.deepEqual(parseName('me@example.com'), { type: 'email', value: 'me@example.com' });
  assert.deepEqual(parseName('spiffe://example/pay'), { type: 'uri', value: 'spiffe://example/pay' });
  assert.deepEqual(parseName('urn:example:pay'), { type: 'uri', value: 'urn:example:pay' });
  assert.deepEqual(parseName('dns:192.example'), { type: 'dns', value: '192.example' });
  assert.deepEqual(parseName('ip:[::1]'), { type: 'ip', value: '::1' });
  assert.deepEqual(parseName('URI:a:b'), { type: 'uri', value: 'a:b' });
  assert.throws(() => parseName('example.com:443'), { status: 2, message: /has a port/ });
  assert.throws(() => parseName('ip:example.com'), { status: 2, message: /is no IP address/ });
  assert.throws(() => parseName('a b'), { status: 2, message: /is no name of a host/ });
});

test('a moment is a day or a time, in UTC unless it says otherwise', () => {
  assert.equal(parseTime('2027-01-31'), Date.UTC(2027, 0, 31));
  assert.equal(parseTime('2027-01-31T12:00'), Date.UTC(2027, 0, 31, 12));
  assert.equal(parseTime('2027-01-31 12:00:30'), Date.UTC(2027, 0, 31, 12, 0, 30));
  assert.equal(parseTime('2027-01-31t12:00:00z'), Date.UTC(2027, 0, 31, 12));
  assert.equal(parseTime('2027-01-31T12:00:00+02:00'), Date.UTC(2027, 0, 31, 10));
  for (const text of [
    '',
    'soon',
    '2027',
    '2027-13-01',
    '2027-02-30',
    '2027-02-29T12:00:00+02:00',
    '31.1.2027',
    '2027-01-31T25:00',
    '1700000000',
  ]) {
    assert.throws(() => parseTime(text), { status: 2 }, text);
  }
});

test('a purpose is a keyword in any case of letters, or an object identifier', () => {
  assert.equal(parsePurpose('CLIENTAUTH'), 'clientAuth');
  assert.equal(parsePurpose('1.3.6.1.5.5.7.3.17'), '1.3.6.1.5.5.7.3.17');
  for (const text of ['', 'tls', '3.1', '1', '1.2.'])
    assert.throws(() => parsePurpose(text), { status: 2 }, text);
});

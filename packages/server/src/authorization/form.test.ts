import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { maximumBodyBytes, parameterInQuery, parseForm } from './form.ts';
import { Refused } from './refusal.ts';

const parse = (body: string | Buffer) => parseForm(body.toString('latin1'));
const codeOf = (body: string | Buffer) => {
  const result = parse(body);
  assert.ok(result instanceof Refused, 'expected a refusal');
  const { reason } = result;
  return reason.code === 'body_malformed' ? reason.problem : reason.code;
};

describe('the form parser', () => {
  test('decodes names and values, plus signs and UTF-8', () => {
    const form = parse(
      'gr%61nt_type=client%5Fcredentials&scope=a+b%20c&client_id=%C3%A9&client_secret=x%3D%26',
    );
    assert.ok(!(form instanceof Refused));
    assert.equal(form.grantType, 'client_credentials');
    assert.equal(form.scope, 'a b c');
    assert.equal(form.clientId, 'é');
    assert.equal(form.clientSecret, 'x=&');
  });

  test('reads what URLSearchParams writes, for any text without NUL', () => {
    const text = fc.string({ unit: 'binary' }).map((one) => one.toWellFormed().replaceAll('\0', ''));
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 5 }), (token, scope, resources) => {
        const body = new URLSearchParams({ token, scope });
        for (const resource of resources) body.append('resource', resource);
        const form = parse(body.toString());
        assert.ok(!(form instanceof Refused));
        assert.equal(form.token, token === '' ? undefined : token);
        assert.equal(form.scope, scope === '' ? undefined : scope);
        assert.deepEqual(
          form.resource,
          resources.filter((one) => one !== ''),
        );
      }),
    );
  });

  test('a value keeps its equals signs, a name alone has no value, empty pairs are nothing', () => {
    const form = parse('&&token=a=b=&scope&&resource=&');
    assert.ok(!(form instanceof Refused));
    assert.equal(form.token, 'a=b=');
    assert.equal(form.scope, undefined);
    assert.deepEqual(form.resource, []);
  });

  test('an empty body is an empty form', () => {
    const form = parse('');
    assert.ok(!(form instanceof Refused));
    const { resource, unrecognised, ...others } = form;
    assert.deepEqual([resource, unrecognised], [[], false]);
    assert.ok(Object.values(others).every((value) => value === undefined));
  });

  for (const [body, code] of [
    ['grant_type=a&grant_type=b', 'parameter_repeated'],
    ['grant_type=a&grant_type=a', 'parameter_repeated'],
    ['scope=&scope=a', 'parameter_repeated'],
    ['client_id=a&client%5fid=b', 'parameter_repeated'],
    ['vendor=1&vendor=2', 'parameter_repeated'],
    ['token=%', 'percent_encoding'],
    ['token=%4', 'percent_encoding'],
    ['token=%zz', 'percent_encoding'],
    ['%=a', 'percent_encoding'],
    ['token=%ff', 'percent_encoding'],
    ['token=%C0%80', 'percent_encoding'],
    ['token=%ED%A0%80', 'percent_encoding'],
    ['token=%00', 'nul'],
    ['a%00=b', 'nul'],
    ['token=\0', 'character'],
    ['token=\xe9', 'character'],
    ['token=a\r\n', 'character'],
    ['a=&'.repeat(101), 'parameter_repeated'],
    [Array.from({ length: 101 }, (_, index) => `p${index}=`).join('&'), 'too_many_parameters'],
    [`token=${'x'.repeat(maximumBodyBytes)}`, 'body_too_large'],
  ] as const) {
    test(`refuses ${JSON.stringify(body.slice(0, 40))} as ${code}`, () => {
      assert.equal(codeOf(body), code);
    });
  }

  test('never throws and takes linear time for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        parse(Buffer.from(bytes));
      }),
    );
    parse(`scope=${'%41'.repeat(21_000)}`);
    parse('&'.repeat(maximumBodyBytes));
  });
});

test('our parameters in the query are found, however they are encoded; others are not', () => {
  assert.equal(parameterInQuery('/oauth2/token'), undefined);
  assert.equal(parameterInQuery('/oauth2/token?x=1'), undefined);
  assert.equal(parameterInQuery('/oauth2/token?x=%zz'), undefined);
  assert.equal(parameterInQuery('/oauth2/token?x=1&client_secret=a'), 'client_secret');
  assert.equal(parameterInQuery('/oauth2/token?client%5Fsecret'), 'client_secret');
});

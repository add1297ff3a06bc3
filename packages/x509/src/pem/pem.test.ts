import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { X509Error } from '../errors.ts';
import {
  encodePem,
  firstPemBlock,
  isPem,
  MAX_PEM_BLOCKS,
  MAX_PEM_LENGTH,
  parsePem,
  pemBlocks,
} from './pem.ts';

describe('PEM', () => {
  it('reads blocks in order, with junk, other line ends and blank lines between', () => {
    const text = `subject=CN = a\n${encodePem('A', Buffer.from('one'))}junk -----\n\n${encodePem('B', Buffer.from('two')).replaceAll('\n', '\r\n')}\n  -----BEGIN A-----\n  dGhy\n\t ZWU=\n-----END A-----`;
    assert.deepEqual(
      parsePem(text).map(({ label, der }) => [label, der.toString()]),
      [
        ['A', 'one'],
        ['B', 'two'],
        ['A', 'three'],
      ],
    );
    assert.equal(parsePem(text, 'A').length, 2);
    assert.equal(parsePem(Buffer.from(text), ['B']).length, 1);
  });

  it('keeps RFC 1421 headers apart', () => {
    const [block] = parsePem(
      '-----BEGIN K-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nYQ==\n-----END K-----\n',
    );
    assert.equal(block?.headers.get('Proc-Type'), '4,ENCRYPTED');
    assert.equal(block?.der.toString(), 'a');
  });

  it('reads headers up to a bound, and a colon further down makes no lines', () => {
    const block = (headers: string): string => `-----BEGIN A-----\n${headers}\nAAAA\n-----END A-----\n`;
    assert.equal(parsePem(block('a: b\r\nc:d\r\n'))[0]?.headers.size, 2);
    for (const headers of ['a: b\n'.repeat(5_000_000), `a: ${'x'.repeat(5_000_000)}\n`]) {
      assert.throws(() => parsePem(block(headers)), { code: 'der_too_large' });
    }
    const late = `-----BEGIN A-----\n${'AAAA\n'.repeat(2_000_000)}:\n-----END A-----`;
    assert.throws(() => parsePem(late), { code: 'pem_invalid' });
  });

  it('does not decode blocks that are not asked for', () => {
    assert.deepEqual(parsePem('-----BEGIN X-----\n!!!\n-----END X-----\n', 'A'), []);
  });

  for (const text of [
    '-----BEGIN A-----\nYQ==\n',
    '-----BEGIN A-----\nYQ==\n-----END B-----\n',
    '-----BEGIN A-----\nYQ=\n-----END A-----',
    '-----BEGIN A-----\nYR==\n-----END A-----',
    '-----BEGIN A-----\nY!==\n-----END A-----',
    '-----BEGIN A-----\n-----END A-----',
    '-----BEGIN A-----\nYQ==YQ==\n-----END A-----',
    '-----BEGIN A-----\nYQ-_\n-----END A-----',
    '-----BEGIN A-----\n-----BEGIN A-----\nYQ==\n-----END A-----',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parsePem(text), { code: 'pem_invalid' }));
  }

  it('takes linear time over many beginnings without an end', () => {
    assert.throws(() => parsePem('-----BEGIN A-----'.repeat(20_000)), { code: 'pem_invalid' });
    assert.throws(() => parsePem('-----BEGIN '.repeat(50_000)), { code: 'pem_invalid' });
    assert.deepEqual(parsePem('-----BEGIN \n'.repeat(50_000)), []);
  });

  it('refuses more than it has room for', () => {
    assert.throws(() => parsePem(Buffer.alloc(64 * 1024 * 1024 + 1)), { code: 'der_too_large' });
  });

  it('tells PEM from DER', () => {
    assert.equal(isPem(Buffer.from('3082', 'hex')), false);
    assert.equal(isPem(Buffer.from('0\n-----BEGIN CERTIFICATE-----')), true);
    assert.equal(isPem(Buffer.from('junk')), false);
    assert.equal(isPem(''), true);
  });

  it('gives every block back, in lines of 64 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const text = encodePem('X', bytes);
        assert.ok(text.split('\n').every((line) => line.length <= 64));
        assert.deepEqual(parsePem(text)[0]?.der, Buffer.from(bytes));
      }),
    );
  });

  it('bounds the text, the number of blocks, and a block before it is decoded', () => {
    assert.throws(() => parsePem('\n'.repeat(MAX_PEM_LENGTH + 1)), { code: 'der_too_large' });
    const small = '-----BEGIN A-----\nYQ==\n-----END A-----\n';
    assert.equal(parsePem(small.repeat(MAX_PEM_BLOCKS)).length, MAX_PEM_BLOCKS);
    assert.throws(() => parsePem(small.repeat(MAX_PEM_BLOCKS + 1)), { code: 'der_too_large' });
    const large = encodePem('A', Buffer.alloc(50_000));
    assert.equal([...pemBlocks(large, 'A', 50_000)].length, 1);
    assert.throws(() => [...pemBlocks(large, 'A', 10_000)], { code: 'der_too_large' });
  });

  describe('firstPemBlock', () => {
    const decode = (text: string): { der: Buffer | undefined; pauses: number } => {
      const decoding = firstPemBlock(text, 'A');
      for (let pauses = 0; ; pauses++) {
        const step = decoding.next();
        if (step.done) return { der: step.value, pauses };
      }
    };
    const large = randomBytes(2_500_001);

    it('decodes large blocks in pieces, and small ones at once', () => {
      for (const length of [2_500_001, 2_500_000, 2_499_999]) {
        const { der, pauses } = decode(`junk\n${encodePem('A', large.subarray(0, length))}`);
        assert.ok(der?.equals(large.subarray(0, length)));
        assert.ok(pauses >= 3);
      }
      assert.deepEqual(decode(encodePem('A', Buffer.from('one'))), { der: Buffer.from('one'), pauses: 0 });
      assert.equal(decode(encodePem('B', Buffer.from('one'))).der, undefined);
      const odd = `-----BEGIN A-----\n${large.toString('base64').replace(/.{61}/g, '$& \r\n')}\n-----END A-----`;
      assert.ok(decode(odd).der?.equals(large));
    });

    it('refuses what is no base64 in any piece', () => {
      const text = encodePem('A', large);
      for (const at of [100, 1_048_600, 2_000_000, text.length - 30]) {
        const broken = `${text.slice(0, at)}=${text.slice(at + 1)}`;
        assert.throws(() => decode(broken), { code: 'pem_invalid' });
      }
      assert.throws(() => decode(text.replace('\n-----END', 'AA\n-----END')), { code: 'pem_invalid' });
      assert.throws(() => decode(`-----BEGIN A-----\n${' '.repeat(2_000_000)}-----END A-----`), {
        code: 'pem_invalid',
      });
    });
  });

  it('answers any text with blocks or pem_invalid', () => {
    const part = fc.constantFrom('-----BEGIN ', '-----END ', '-----', 'A', '\n', 'YQ==', ': ', '\r', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        try {
          parsePem(parts.join(''));
        } catch (error) {
          assert.ok(error instanceof X509Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

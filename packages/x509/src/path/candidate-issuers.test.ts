import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Certificate } from '../certificates/certificate.ts';
import { WorkBudget } from './budget.ts';
import { CandidateIssuers } from './candidate-issuers.ts';
import { reporter } from './certificate-checks.ts';
import type { PathFailure } from './failure.ts';

describe('the link that is missing above a certificate', () => {
  /** Certificates of names alone, which count how often they are asked for their issuer. */
  function chain(names: readonly (readonly [subject: string, issuer: string])[]) {
    let asked = 0;
    const certificates = names.map(([subject, issuer]) => ({
      subject: { normalized: subject },
      get issuer() {
        asked++;
        return { normalized: issuer };
      },
    })) as unknown as Certificate[];
    return {
      issuers: new CandidateIssuers([], certificates, new WorkBudget(1)),
      certificates,
      asked: () => asked,
    };
  }

  it('is found by going over each name once, however many namesakes ask', () => {
    const length = 2000;
    const names = Array.from({ length }, (_, i) => [`n${i}`, `n${i + 1}`] as const);
    const namesakes = Array.from({ length }, () => ['n0', 'n1'] as const);
    const { issuers, certificates, asked } = chain([...names, ...namesakes]);
    for (const certificate of certificates) {
      assert.equal(issuers.brokenLink(certificate), certificates[length - 1]);
    }
    assert.ok(asked() < 10 * certificates.length);
  });

  it('is none where the names go round', () => {
    const { issuers, certificates } = chain([
      ['a', 'b'],
      ['b', 'a'],
      ['c', 'a'],
    ]);
    for (const certificate of certificates) assert.equal(issuers.brokenLink(certificate), undefined);
  });

  it('is the certificate itself where nobody has the name of its issuer', () => {
    const { issuers, certificates } = chain([['a', 'b']]);
    assert.equal(issuers.brokenLink(certificates[0]!), certificates[0]);
  });
});

describe('failures of one certificate', () => {
  it('are told up to a bound, and values are not written for the rest', () => {
    const failures: PathFailure[] = [];
    const report = reporter({} as Certificate, 0, failures);
    let written = 0;
    for (let i = 0; i < 1000; i++) {
      report('name_constraint_violated', 'rule', 'message', () => ({ written: ++written }));
    }
    assert.equal(failures.length, 32);
    assert.equal(written, 32);
  });
});

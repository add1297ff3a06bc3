import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestAuthority } from '../testing/test-authority.ts';
import { certificateNames, nameConstraintsOf, nameConstraintViolations } from './violations.ts';

const root = await TestAuthority.root('CN=Root');

describe('the constraints above a certificate that is to be issued', () => {
  it('name what breaks them, each set of them for itself', async () => {
    const leaf = await root.leaf('CN=a.example.com', {
      subjectAltName: [
        { type: 'dns', value: 'a.example.com' },
        { type: 'dns', value: 'b.example.org' },
        { type: 'ip', value: '10.0.0.1' },
      ],
    });
    const example = nameConstraintsOf({ permitted: [{ type: 'dns', value: 'example.com' }] });
    const address = nameConstraintsOf({ excluded: [{ type: 'ip', value: '10.0.0.0/8' }] });
    const [first, ...others] = nameConstraintViolations(leaf, [example]);
    assert.match(first!, /b\.example\.org/);
    assert.deepEqual(others, []);
    assert.equal(nameConstraintViolations(leaf, [example, address]).length, 2);
    const wide = nameConstraintsOf({ permitted: [{ type: 'dns', value: '' }] });
    assert.deepEqual(nameConstraintViolations(leaf, [wide]), []);
  });

  it('name what would break them before there is a certificate', async () => {
    const names = {
      subject: 'CN=a.example.com',
      subjectAltName: [
        { type: 'dns', value: 'a.example.com' },
        { type: 'ip', value: '10.0.0.1' },
      ],
    } as const;
    const constraints = [
      nameConstraintsOf({ excluded: [{ type: 'ip', value: '10.0.0.0/8' }] }),
      nameConstraintsOf({ permitted: [{ type: 'directory', name: 'O=Example' }] }),
    ];
    const violations = nameConstraintViolations(certificateNames(names), constraints);
    assert.deepEqual(
      violations,
      nameConstraintViolations(await root.leaf(names.subject, names), constraints),
    );
    assert.match(violations.join(), /CN=a\.example\.com.*10\.0\.0\.1/);
    assert.deepEqual(
      nameConstraintViolations(certificateNames({ subject: '', subjectAltName: [] }), constraints),
      [],
    );
    assert.throws(() => certificateNames({ subject: '', subjectAltName: [{ type: 'dns', value: 'ü' }] }), {
      code: 'issue_invalid',
    });
  });

  it('are refused where they hold no subtree, or a range that is none', () => {
    assert.throws(() => nameConstraintsOf({}), { code: 'issue_invalid' });
    assert.throws(() => nameConstraintsOf({ permitted: [{ type: 'ip', value: '10.0.0.0/99' }] }), {
      code: 'issue_invalid',
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestAuthority } from '../testing/test-authority.ts';
import { nameConstraintsOf, nameConstraintViolations } from './violations.ts';

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

  it('are refused where they hold no subtree, or a range that is none', () => {
    assert.throws(() => nameConstraintsOf({}), { code: 'issue_invalid' });
    assert.throws(() => nameConstraintsOf({ permitted: [{ type: 'ip', value: '10.0.0.0/99' }] }), {
      code: 'issue_invalid',
    });
  });
});

import assert from 'node:assert/strict';
import { isSecret, open, seal } from '../../src/gate/secret.ts';

const [OLD, NEW] = ['the secret of last year, long enough', 'the secret of this year, long enough'];

describe('the secret of the gate service', () => {
  it('is known as it is, and as nothing else', () => {
    const shown = [NEW, OLD, '', NEW.slice(1), `${NEW} `, NEW.toUpperCase()];
    assert.deepEqual(
      shown.map((one) => isSecret(one, [NEW, OLD])),
      [true, true, false, false, false, false],
    );
    assert.equal(isSecret('', []), false);
  });

  it('closes a token so that only it opens it again', () => {
    const sealed = seal('eyJ.token.x', NEW, 'id-1');
    assert.ok(!sealed.includes('token'));
    assert.equal(open(sealed, [NEW], 'id-1'), 'eyJ.token.x');
    assert.equal(open(sealed, [OLD], 'id-1'), undefined);
    assert.equal(open(seal('former', OLD, 'id-1'), [NEW, OLD], 'id-1'), 'former', 'while it is changed, both do');
  });

  it('never closes the same twice alike', () => assert.notEqual(seal('a', NEW, 'b'), seal('a', NEW, 'b')));

  it('opens nothing under another name, and nothing that was changed', () => {
    const sealed = seal('token', NEW, 'id-1');
    assert.equal(open(sealed, [NEW], 'id-2'), undefined);
    for (const [at, part] of sealed.split('.').entries()) {
      const bytes = Buffer.from(part, 'base64url');
      bytes[0]! ^= 1;
      const parts = sealed.split('.');
      parts[at] = bytes.toString('base64url');
      assert.equal(open(parts.join('.'), [NEW], 'id-1'), undefined, `part ${at}`);
    }
    for (const torn of ['', 'a', 'a.b.c', 'a.b.c.d', `${sealed}.e`]) assert.equal(open(torn, [NEW], 'id-1'), undefined);
  });

  it('takes no shorter tag than it writes', () => {
    const parts = seal('token', NEW, 'id-1').split('.');
    parts[2] = Buffer.from(parts[2]!, 'base64url').subarray(0, 4).toString('base64url');
    assert.equal(open(parts.join('.'), [NEW], 'id-1'), undefined);
  });
});

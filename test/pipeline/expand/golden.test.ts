import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readPipeline } from '../../../src/pipeline/read-pipeline.ts';
import { part } from '../../depth.ts';
import { expandBundle, openBundle, show } from './bundle.ts';

/**
 * Golden pairs: `ok/NAME.txt` and `err/NAME.txt` hold a pipeline and its templates, `NAME.out` what expansion makes of
 * them. After a wanted change run `UPDATE_GOLDEN=1 npx mocha` and read the difference before it is committed.
 */
const ROOT = 'test/golden/expand';
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const pairs = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.txt'))
  .map((file) => join(ROOT, file))
  .sort();

describe('golden pairs of expansion', () => {
  it('finds the pairs', () => assert.ok(pairs.length >= 60, `only ${pairs.length}`));

  for (const path of pairs)
    it(`${basename(dirname(path))}: ${basename(path, '.txt')}`, () => {
      const bundle = readFileSync(path, 'utf8');
      const out = path.replace(/\.txt$/, '.out');
      const expanded = expandBundle(bundle);
      const text = show(expanded);
      if (UPDATE) writeFileSync(out, text);
      assert.equal(text, existsSync(out) ? readFileSync(out, 'utf8') : `${out} is missing: run with UPDATE_GOLDEN=1`);
      const { findings, unresolved } = expanded;
      assert.equal(findings.length + unresolved.length === 0, basename(dirname(path)) === 'ok');
    });

  it('hides nothing of a pipeline without a word', () => {
    for (const path of part(pairs)) {
      const opened = openBundle(readFileSync(path, 'utf8'));
      const { pipeline, findings, unresolved } = readPipeline(opened.pipeline, opened.file, opened.choices);
      const parts = [pipeline, ...(pipeline?.stages ?? [])];
      // Inputs that are hidden are for who reads them to speak of.
      const inputs = pipeline?.stages.some(({ jobs }) =>
        jobs.some(({ steps }) => steps.some(({ inputsComplete }) => !inputsComplete)),
      );
      const hidden = parts.some((part) => part?.complete === false) || (pipeline?.stepsComplete === false && !inputs);
      assert.ok(findings.length + unresolved.length > 0 || !hidden, path);
    }
  });
});

import { relative } from 'node:path';
import Mocha from 'mocha';
import { DEEP } from './depth.ts';

/** Dots, and below the failures a line for each that runs it alone. */
export default class Reporter extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    // Behind the listener of the dots, which prints the failures themselves.
    runner.once('end', () => {
      const lines = [...new Set(this.failures.map((one) => commandFor(one)))];
      if (lines.length > 0) process.stdout.write(`  Alone:\n\n${lines.map((line) => `  ${line}\n`).join('')}\n`);
    });
  }
}

function commandFor(failed: Mocha.Runnable & { readonly type?: string }): string {
  const file = failed.file === undefined ? '' : relative(process.cwd(), failed.file).replaceAll('\\', '/');
  // A hook has no name that a test could be found by: it fails for all of its suite.
  const title = failed.type === 'hook' ? (failed.parent?.fullTitle() ?? '') : failed.fullTitle();
  const pattern = title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", "'\\''");
  const deep = DEEP ? ' --require ./test/deep.cjs' : '';
  return `npx mocha --no-config${deep} --require tsx --timeout 60000 ${file} -g '${pattern}'`;
}

import { parseArgs } from 'node:util';
import { printRows, rowsOf, type Figures } from './budgets.ts';
import { benchDeploy } from './deploy-bench.ts';
import { benchScale } from './scale-bench.ts';
import { benchSwap, type OtherTask } from './swap-bench.ts';
import { benchValidate } from './validate-bench.ts';

/**
 * Measures what the budgets are about, in one run on one machine, and prints it: `npm run bench [-- FLAG...]`.
 *
 *   --format json          the figures alone: {swap, validate, deploy, scale, other?, over}
 *   --runs N               processes, and checks, that each median is of (7)
 *   --only swap,deploy     a part of it; the whole takes some five minutes
 *   --other SCRIPT         the main script of another task that swaps, driven through the same fake Azure beside ours
 *   --input NAME=VALUE     an input of that task, beside those of AzureAppServiceManage, which it gets in any case
 *   --check                ends with 1 when a figure is over its budget
 *
 * Ends with 0 when all was measured, and with 2 when that was not possible. A busy machine is no reason for a red
 * build, so that going over a budget is an exit code only where it is asked for.
 */
const PARTS = ['swap', 'validate', 'deploy', 'scale'] as const;

async function main(): Promise<0 | 1> {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', default: 'text' },
      runs: { type: 'string', default: '7' },
      only: { type: 'string', default: PARTS.join() },
      other: { type: 'string' },
      input: { type: 'string', multiple: true, default: [] },
      check: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is '${values.runs}', not a whole number from 1`);
  const only = values.only.split(',');
  const strange = only.find((one) => !PARTS.some((part) => part === one));
  if (strange !== undefined) throw new Error(`--only: '${strange}' is none of ${PARTS.join(', ')}`);
  if (!['text', 'json'].includes(values.format)) throw new Error(`--format is '${values.format}', not text or json`);
  const other = otherOf(values.other, values.input);

  const validate = only.includes('validate') ? benchValidate(runs) : undefined;
  const swaps = only.includes('swap') ? await benchSwap({ runs, other }) : {};
  const deploy = only.includes('deploy') ? await benchDeploy() : undefined;
  const scale = only.includes('scale') ? await benchScale() : undefined;
  const figures = Object.fromEntries(
    Object.entries({ ...swaps, validate, deploy, scale }).filter(([, part]) => part !== undefined),
  ) as Figures;
  const rows = rowsOf(figures);
  const over = rows.filter((row) => row.over).map(({ of, what }) => `${of}: ${what}`);
  const document = { ...figures, over, node: process.versions.node };
  process.stdout.write(values.format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : printRows(rows));
  return values.check && over.length > 0 ? 1 : 0;
}

function otherOf(script: string | undefined, inputs: readonly string[]): OtherTask | undefined {
  if (script === undefined) return undefined;
  const pairs = inputs.map((one): [string, string] => {
    const at = one.indexOf('=');
    if (at < 1) throw new Error(`--input is '${one}', not NAME=VALUE`);
    return [one.slice(0, at), one.slice(at + 1)];
  });
  return { script, inputs: Object.fromEntries(pairs) };
}

main().then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout } from './command-line.ts';

const PIPELINE = `parameters: [{ name: env, type: string, default: test }]
resources: { repositories: [{ repository: shared, type: git, name: shared }] }
stages:
- template: stages/deploy.yml@shared
  parameters: { name: "\${{ parameters.env }}" }
`;
const TEMPLATE = `parameters: [{ name: name, type: string }]
stages:
- stage: \${{ parameters.name }}
  displayName: \${{ variables['Build.Reason'] }}
  jobs:
  - \${{ if eq(variables['Build.Reason'], 'Manual') }}:
    - job: Asked
      steps: [{ script: x }]
`;

describe('expand as a person runs it', function () {
  this.timeout(30_000);
  let cwd: string;
  before(async () => void (await builtProduct()));
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'expand-'));
    mkdirSync(join(cwd, 'shared/stages'), { recursive: true });
    writeFileSync(join(cwd, 'azure-pipelines.yml'), PIPELINE);
    writeFileSync(join(cwd, 'shared/stages/deploy.yml'), TEMPLATE);
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  it('prints the pipeline with the origin of each stage and job', async () => {
    const args = ['--repo', 'shared=shared', '--parameter', 'env=prod', '--variable', 'Build.Reason=Manual'];
    const { exitCode, stdout, stderr } = await safeRollout(['expand', ...args], { cwd });
    assert.equal(exitCode, 0, stderr);
    assert.equal(
      stdout,
      `resources:
  repositories:
  - repository: shared
    type: git
    name: shared
stages:
# shared/stages/deploy.yml:3, included at azure-pipelines.yml:4
- stage: prod
  displayName: Manual
  jobs:
  # shared/stages/deploy.yml:7, included at azure-pipelines.yml:4
  - job: Asked
    steps:
    - script: x
`,
    );
    assert.equal(stderr, '');
  });

  it('lists on stderr what is open, and how to decide it', async () => {
    const { exitCode, stdout, stderr } = await safeRollout(['expand', '--repo', 'shared=shared'], { cwd });
    assert.equal(exitCode, 0);
    assert.match(stdout, /- \$\{\{ if eq/);
    assert.match(stderr, /^shared\/stages\/deploy\.yml:6: unresolved: .*--variable Build\.Reason=VALUE\n$/);
  });

  it('ends with 1 and no YAML where the service would refuse the pipeline', async () => {
    const { exitCode, stdout, stderr } = await safeRollout(
      ['expand', '--repo', 'shared=shared', '--parameter', 'environment=prod'],
      { cwd },
    );
    assert.equal(exitCode, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^azure-pipelines\.yml:1:1: error pipeline-file: Unexpected parameter 'environment'\n/);
  });

  it('says all of it as one document', async () => {
    const { stdout } = await safeRollout(['expand', '--format', 'json'], { cwd });
    const document = JSON.parse(stdout) as { ok: boolean; unresolved: { line: number; what: string }[] };
    assert.equal(document.ok, false);
    assert.deepEqual(Object.keys(document), ['ok', 'yaml', 'findings', 'unresolved']);
    assert.match(document.unresolved[0]!.what, /--repo shared=FOLDER/);
  });

  it('refuses a folder that is not there', async () => {
    const { exitCode, stderr } = await safeRollout(['expand', '--repo', 'shared=nowhere'], { cwd });
    assert.equal(exitCode, 2);
    assert.match(stderr, /--repo shared=nowhere: there is no such folder/);
  });
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { parse } from 'yaml';
import { CONTOSO } from './running-app.ts';

interface GraphFile {
  readonly services: Record<
    string,
    {
      readonly kind: string;
      readonly app?: string;
      readonly version?: unknown;
      readonly run?: readonly string[];
      readonly dependsOn?: readonly string[];
      readonly deployedBy?: readonly { readonly pipeline: string; readonly stage: string; readonly job: string }[];
    }
  >;
}
interface Pipeline {
  readonly stages: readonly {
    readonly stage: string;
    readonly dependsOn?: string | readonly string[];
    readonly jobs: readonly { readonly job?: string; readonly deployment?: string }[];
  }[];
}

describe('the files of Contoso agree with each other', () => {
  const graph = parse(read('service-graph.yml')) as GraphFile;
  const services = Object.entries(graph.services);

  it('has every service of the graph on disk', () => {
    assert.deepEqual(Object.keys(graph.services), [
      'payments-core',
      'payments-db',
      'payments',
      'notifications',
      'store',
    ]);
    for (const [name, { kind, app, run }] of services) {
      if (kind === 'appService') {
        assert.equal(app, `app-contoso-${name}`);
        assert.equal(manifest(name).name, `@contoso/${name}`);
        assert.ok(existsSync(join(CONTOSO, name, 'releases', manifest(name).version)), `${name} at its own version`);
      }
      if (kind === 'command') assert.ok(existsSync(join(CONTOSO, run?.[1] ?? '')), `${name} has its script`);
    }
  });

  it('asks of the library the same in the graph as in the packages', () => {
    const library = manifest('payments-core');
    assert.equal(graph.services['payments-core']?.version, library.version);
    for (const [name, { kind, dependsOn = [] }] of services) {
      if (kind !== 'appService') continue;
      const declared = dependsOn.find((one) => one.startsWith('payments-core'))?.split('@')[1];
      const used = manifest(name).dependencies?.[library.name];
      assert.equal(declared, used, name);
      if (used !== undefined) assert.ok(satisfies(library.version, used), name);
    }
  });

  it('names jobs in deployedBy that exist', () => {
    const named = services.flatMap(([, { deployedBy = [] }]) => deployedBy);
    assert.equal(named.length, 4);
    for (const { pipeline, stage, job } of named) {
      const { stages } = parse(read(pipeline)) as Pipeline;
      const jobs = stages.find((one) => one.stage === stage)?.jobs ?? [];
      assert.ok(
        jobs.some((one) => (one.job ?? one.deployment) === job),
        `${pipeline}: ${stage}.${job}`,
      );
    }
  });

  it('makes one mistake in the pipeline that is wrong: the store waits for the build alone', () => {
    const dependencies = (file: string) =>
      (parse(read(file)) as Pipeline).stages.map(({ stage, dependsOn }) => [stage, dependsOn]);
    const right = dependencies('azure-pipelines.yml');
    assert.deepEqual(right.at(-1), ['DeployStore', ['DeployPayments', 'DeployNotifications']]);
    const wrong = dependencies('azure-pipelines.wrong-order.yml');
    assert.deepEqual(wrong, [...right.slice(0, -1), ['DeployStore', 'Build']]);

    const linesOf = (file: string) => read(file).split('\n');
    const other = linesOf('azure-pipelines.wrong-order.yml');
    const changed = linesOf('azure-pipelines.yml').filter((line, index) => line !== other[index]);
    assert.deepEqual(
      changed.map((line) => line.trim().split(':')[0]),
      ['# A stage for each service, in the order of service-graph.yml.', 'pipelineFile', 'dependsOn'],
    );
  });
});

function read(file: string): string {
  return readFileSync(join(CONTOSO, file), 'utf8');
}

function manifest(service: string): { name: string; version: string; dependencies?: Record<string, string> } {
  return JSON.parse(read(`${service}/package.json`)) as ReturnType<typeof manifest>;
}

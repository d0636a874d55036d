import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

/** Who may import whom. The table is the architecture; ARCHITECTURE.md gives the reasons. */
const LEAVES = ['time', 'finding', 'graph', 'yaml', 'expression', 'settings'] as const;
const CORE = [...LEAVES, 'catalogue', 'pipeline', 'probe', 'judge', 'journal', 'hotfix', 'gate'] as const;
const DECIDE = [...CORE, 'order', 'rollout'] as const;
const EDGE = [...DECIDE, 'azure', 'devops', 'host', 'agent', 'report'] as const;
const MAY_IMPORT: Record<string, readonly string[]> = {
  time: [],
  finding: [],
  graph: [],
  yaml: ['finding'],
  expression: ['finding'],
  settings: ['finding', 'time'],
  catalogue: LEAVES,
  pipeline: [...LEAVES, 'catalogue'],
  probe: [...LEAVES, 'catalogue'],
  judge: LEAVES,
  journal: LEAVES,
  hotfix: LEAVES,
  gate: LEAVES,
  order: CORE,
  rollout: CORE,
  azure: DECIDE,
  devops: DECIDE,
  host: DECIDE,
  report: DECIDE,
  agent: EDGE,
  emulator: ['time'],
  cli: [...EDGE, 'emulator', 'examples'],
  tasks: EDGE,
  build: [...EDGE, 'cli', 'tasks'],
};

/** Packages that exactly one folder may import, so that replacing one is a change in one place. */
const OWNS_PACKAGE: Record<string, readonly string[]> = {
  'azure-pipelines-task-lib': ['agent'],
  'azure-devops-node-api': ['devops'],
  '@azure/arm-appservice': ['azure'],
  '@azure/identity': ['azure'],
  '@azure/core-rest-pipeline': ['azure'],
  yaml: ['yaml'],
  yauzl: ['host', 'emulator'],
};

const SOURCES = [...sourceFiles('src'), ...sourceFiles('tasks')];
/** Read from the text, because a bundler drops type-only imports and those bind two folders together all the same. */
const IMPORTS = SOURCES.flatMap((from) => importsOf(from));

describe('architecture', () => {
  it('sees the sources', () => {
    assert.ok(SOURCES.length > 3, `only ${SOURCES.length} source files found`);
    assert.ok(IMPORTS.length > 0, `only ${IMPORTS.length} imports found`);
  });

  it('lets folders import only what the table allows', () => {
    const wrong = IMPORTS.filter(({ external, from, to }) => !external && folderOf(from) !== folderOf(to))
      .filter(({ from, to }) => !(MAY_IMPORT[folderOf(from)] ?? []).includes(folderOf(to)))
      .map(({ from, to }) => `${from} imports ${to}`);
    assert.deepEqual(wrong, []);
  });

  it('keeps each wrapped package in the folder that owns it', () => {
    const wrong = IMPORTS.filter(({ external }) => external)
      .filter(({ from, to }) => {
        const owners = OWNS_PACKAGE[packageOf(to)];
        return owners !== undefined && !owners.includes(folderOf(from));
      })
      .map(({ from, to }) => `${from} imports ${to}`);
    assert.deepEqual(wrong, []);
  });

  it('has a row for every folder', () => {
    const missing = [...new Set(SOURCES.map(folderOf))].filter((folder) => MAY_IMPORT[folder] === undefined);
    assert.deepEqual(missing, []);
  });

  it('keeps timers in time/ and out of everything else but the emulator', () => {
    const timers = SOURCES.filter((file) => !['time', 'emulator', 'build'].includes(folderOf(file))).filter((file) =>
      /\b(setTimeout|setInterval)\(/.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(timers, []);
  });
});

function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name).split(sep).join('/'))
    .sort();
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly external: boolean;
}

function importsOf(from: string): Import[] {
  const statements = /^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...readFileSync(from, 'utf8').matchAll(statements)].map(([, a, b, c]) => {
    const specifier = a ?? b ?? c ?? '';
    const external = !specifier.startsWith('.');
    const to = external
      ? specifier
      : normalize(join(dirname(from), specifier))
          .split(sep)
          .join('/');
    return { from, to, external };
  });
}

function folderOf(path: string): string {
  const [first, second] = path.split('/');
  return first === 'src' ? (second ?? '') : (first ?? '');
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

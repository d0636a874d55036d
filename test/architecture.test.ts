import { KINDS } from '../src/catalogue/read-kinds.ts';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { findCycles } from '../src/graph/cycles.ts';
import { makeGraph } from '../src/graph/graph.ts';

/** Who may import whom. The table is the architecture; ARCHITECTURE.md gives the reasons. */
const LEAVES = ['time', 'finding', 'graph', 'yaml', 'expression', 'settings'] as const;
const CORE = [...LEAVES, 'catalogue', 'pipeline', 'probe', 'judge', 'journal', 'hotfix', 'gate'] as const;
const DECIDE = [...CORE, 'order', 'rollout'] as const;
const EDGE = [...DECIDE, 'serve', 'azure', 'devops', 'host', 'agent', 'report'] as const;
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
  serve: DECIDE,
  azure: DECIDE,
  devops: DECIDE,
  host: DECIDE,
  report: DECIDE,
  agent: EDGE,
  emulator: ['time'],
  cli: [...EDGE, 'emulator', 'examples'],
  tasks: EDGE,
  functions: [],
  build: [...EDGE, 'cli', 'tasks'],
};

/**
 * The rooms of a folder, and which of them each may import: only rooms above it, so that there is one way to read them.
 * `.` is what lies in the folder itself.
 */
const ROOMS: Record<string, Record<string, readonly string[]>> = {
  azure: {
    wire: [],
    identity: [],
    arm: ['wire', 'identity'],
    'app-service': ['wire', 'identity', 'arm'],
    blob: ['wire', 'identity'],
    'container-apps': ['wire', 'identity', 'arm'],
    monitor: ['identity', 'arm'],
    '.': ['identity', 'app-service', 'container-apps'],
  },
  order: {
    match: [],
    runs: [],
    require: ['match'],
    judge: ['match', 'runs', 'require'],
    rulebook: ['match', 'require', 'judge'],
    rules: ['match', 'require', 'judge', 'rulebook'],
    cases: ['match'],
    switches: ['match', 'runs', 'cases'],
    '.': ['match', 'runs', 'require', 'judge', 'rulebook', 'rules', 'cases', 'switches'],
    review: ['match', 'rulebook', '.'],
    fix: ['rulebook', 'review'],
    draft: ['match'],
    migrate: ['match', 'review'],
    discuss: ['rulebook', 'review'],
  },
  rollout: {
    '.': [],
    way: ['.'],
    fence: ['.', 'way'],
    promotion: ['.', 'way', 'fence'],
    plan: ['.', 'way', 'promotion'],
    'kinds/app-service': ['.', 'way', 'fence', 'promotion', 'plan'],
    'kinds/container-app': ['.', 'way', 'fence', 'promotion', 'plan'],
    'kinds/command': ['.', 'way', 'plan'],
    'kinds/package': ['way', 'plan'],
    kinds: ['plan', 'kinds/app-service', 'kinds/container-app', 'kinds/command', 'kinds/package'],
    planning: ['.', 'way', 'plan', 'kinds'],
    recover: ['.', 'way', 'fence', 'promotion', 'plan', 'kinds', 'planning'],
    deploy: ['.', 'way', 'promotion', 'plan', 'kinds', 'planning', 'recover'],
    swap: ['.', 'way', 'promotion', 'plan', 'kinds/app-service', 'planning'],
  },
  emulator: {
    json: [],
    faults: ['json'],
    server: ['faults'],
    apps: ['json', 'server'],
    state: ['json', 'server', 'apps'],
    world: ['faults', 'server', 'apps', 'state'],
    identity: ['json', 'server', 'world'],
    'front-end': ['json', 'server', 'state', 'world'],
    arm: ['server', 'world'],
    'arm/web': ['json', 'faults', 'server', 'state', 'world', 'front-end', 'arm'],
    'arm/app': ['json', 'faults', 'server', 'apps', 'state', 'world', 'front-end', 'arm'],
    'arm/monitor': ['server', 'state', 'world', 'arm/web', 'arm/app'],
    kudu: ['server', 'apps', 'state', 'world', 'identity', 'arm/web'],
    devops: ['json', 'server', 'world', 'identity'],
    'server-task': ['json'],
    release: ['world', 'identity', 'devops', 'server-task'],
    control: ['json', 'faults', 'server', 'apps', 'state', 'world', 'arm/web', 'arm/app', 'devops'],
    '.': [
      'faults',
      'server',
      'apps',
      'state',
      'world',
      'identity',
      'arm',
      'arm/web',
      'arm/app',
      'arm/monitor',
      'kudu',
      'devops',
      'server-task',
      'release',
      'control',
    ],
  },
};

/**
 * Where kinds may be told apart by their names: their folders and tables, the graph file's own, and what is of one kind by
 * its very nature: a swap that stands for itself, files of other tools, sites for an embedded Azure to begin with.
 */
const TELL_KINDS_APART = [
  'src/rollout/kinds/',
  'src/rollout/swap/',
  'src/catalogue/',
  'src/journal/slots.ts',
  'src/journal/traffic.ts',
  'src/cli/graph-apps.ts',
];

/** Who reads a longer file is told at its top why it is not two. */
const MOST_LINES = 250;
const REASON = /^\s*(?:\/\*\*|\*) Long because /m;

/** Packages that exactly one folder may import, so that replacing one is a change in one place. */
const OWNS_PACKAGE: Record<string, readonly string[]> = {
  'azure-pipelines-task-lib': ['agent'],
  'azure-devops-node-api': ['devops'],
  '@azure/arm-appservice': ['azure'],
  '@azure/functions': ['functions'],
  '@azure/identity': ['azure'],
  '@azure/core-rest-pipeline': ['azure'],
  yaml: ['yaml'],
  yauzl: ['host', 'emulator'],
};

const ARCHITECTURE = readFileSync('ARCHITECTURE.md', 'utf8');
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

  it('has no circle of imports between files, types included', () => {
    const known = new Set(SOURCES);
    const nodes = SOURCES.map((name) => ({
      name,
      dependsOn: IMPORTS.filter(({ from, to }) => from === name && known.has(to)).map(({ to }) => to),
    }));
    const tangles = findCycles(makeGraph(nodes));
    const circles = tangles.flatMap(({ cycles }) => cycles.map((cycle) => [...cycle, cycle[0]].join(' -> ')));
    assert.deepEqual(circles, []);
  });

  for (const [folder, rooms] of Object.entries(ROOMS))
    describe(`the rooms of ${folder}/`, () => {
      const inside = SOURCES.filter((file) => file.startsWith(`src/${folder}/`));

      it('have a row each', () => {
        const there = [...new Set(inside.map((file) => roomOf(folder, file)))];
        assert.deepEqual(Object.keys(rooms).sort(), there.sort());
      });

      it('may import only rooms above them', () => {
        const names = Object.keys(rooms);
        const wrong = names.flatMap((name, at) =>
          rooms[name]!.filter((other) => !names.slice(0, at).includes(other)).map((other) => `${name}: ${other}`),
        );
        assert.deepEqual(wrong, []);
      });

      it('import only what their rows allow', () => {
        const wrong = IMPORTS.filter(({ from, to }) => inside.includes(from) && inside.includes(to))
          .filter(({ from, to }) => {
            const [here, there] = [roomOf(folder, from), roomOf(folder, to)];
            return here !== there && !(rooms[here] ?? []).includes(there);
          })
          .map(({ from, to }) => `${from} imports ${to}`);
        assert.deepEqual(wrong, []);
      });

      it('are told in ARCHITECTURE.md, in the order of the table', () => {
        const [, told = ''] = new RegExp(`^- \`${folder}/\`:([^]*?)\\n(?=- |\\n)`, 'm').exec(ARCHITECTURE) ?? [];
        assert.deepEqual(
          [...told.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
          Object.keys(rooms),
        );
      });
    });

  it(`says at the top of a file of more than ${MOST_LINES} lines why it is so long`, () => {
    const silent = SOURCES.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return text.trimEnd().split('\n').length > MOST_LINES && !REASON.test(topComment(text));
    });
    const asked = 'split them, or begin them with a doc comment that has a line `Long because ...`';
    assert.deepEqual(silent, [], asked);
  });

  it('tells kinds of services apart in their table and their folders alone', () => {
    const named = KINDS.map((kind) => `'${kind}'`).join('|');
    const apart = new RegExp(`(?:case (?:${named}):|kind\\)? [!=]== (?:${named}))`);
    const wrong = SOURCES.filter((file) => !TELL_KINDS_APART.some((place) => file.startsWith(place))).filter((file) =>
      apart.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(wrong, []);
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

/** The directory of a file below its folder: `arm`, `arm/web`, or `.` for the folder itself. */
function roomOf(folder: string, file: string): string {
  return relative(`src/${folder}`, dirname(file)).split(sep).join('/') || '.';
}

/** The doc comment that a file begins with, if it does. */
function topComment(text: string): string {
  return /^\/\*\*.*?\*\//s.exec(text)?.[0] ?? '';
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

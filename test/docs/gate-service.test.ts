import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import gate from '../../src/cli/gate.command.ts';
import { LARGEST_BODY_BYTES, readAsked, routeOf } from '../../src/gate/ask.ts';
import { readCallbackHeaders } from '../../src/gate/place.ts';
import { checkTable } from '../../src/serve/checks/table.ts';
import { flagOf } from '../../src/settings/flags.ts';

const PAGE = readFileSync('docs/gate-service.md', 'utf8');
const blocks = (kind: string): string[] =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const checks = checkTable({ account: { subscription: 's', resourceGroup: undefined }, probeHosts: [] } as never);

describe('docs/gate-service.md', () => {
  it('tells every check, and no other', () => {
    const told = [...PAGE.matchAll(/^\| `([a-z-]+)` +\| `\w+`/gm)].map(([, name]) => name);
    assert.deepEqual(told, [...checks.keys()]);
  });

  it('shows settings of the built-in check that the service understands', () => {
    const shown = blocks('json').map((text) => JSON.parse(text) as Record<string, string>);
    assert.deepEqual(
      shown.map(({ waitForCompletion }) => waitForCompletion),
      ['true', 'false'],
    );
    for (const { urlSuffix = '', body = '', headers = '', waitForCompletion, successCriteria } of shown) {
      const route = routeOf({ method: 'POST', target: urlSuffix, headers: {} });
      assert.ok(route !== undefined && checks.has(route.check), urlSuffix);
      assert.equal(route.completion === 'callback', waitForCompletion === 'true');
      assert.equal(typeof readAsked(body), 'object', body);
      const sent = JSON.parse(headers) as Record<string, string>;
      if (waitForCompletion === 'false') assert.match(successCriteria ?? '', /root\['status'\], 'pass'/);
      else {
        const id = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
        const known: Record<string, string> = {
          '$(system.CollectionUri)': 'https://dev.azure.com/contoso/',
          '$(system.HostType)': 'checks',
          '$(system.AccessToken)': 'token',
        };
        const filled = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), known[value] ?? id]);
        assert.ok('place' in readCallbackHeaders(Object.fromEntries(filled), ['dev.azure.com'], 0));
      }
      // The server takes no more of either (its task.json).
      assert.ok(headers.length <= 2000 && body.length <= 2000 && 2000 < LARGEST_BODY_BYTES);
    }
  });

  it('shows commands that are understood, and names flags that there are', () => {
    const lines = blocks('sh')
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.startsWith('safe-rollout gate '));
    assert.ok(lines.length >= 2);
    for (const line of lines) gate.prepare(line.split(' ').slice(2));
    const flags = new Set(Object.keys(gate.settings).map(flagOf));
    const named = [...PAGE.matchAll(/`(--[a-z-]+)/g)].map(([, flag = '']) => flag);
    assert.deepEqual(
      named.filter((flag) => !flags.has(flag)),
      [],
    );
  });

  it('links only to what is there', () => {
    const targets = [...PAGE.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
    assert.deepEqual(
      targets.filter((target) => !existsSync(`docs/${target}`)),
      [],
    );
  });

  it('has a container that starts the service as it is understood', () => {
    const file = readFileSync('examples/gate-service/Dockerfile', 'utf8');
    const [entry = [], more = []] = ['ENTRYPOINT', 'CMD'].map(
      (name) => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(file)?.[1] ?? '[]') as string[],
    );
    gate.prepare([...entry, ...more].slice(3));
    assert.match(file, /^USER node$/m);
  });
});

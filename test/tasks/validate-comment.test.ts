import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator, type PullRequestState } from '../../src/emulator/start.ts';
import { ask } from '../emulator/client.ts';
import { agentEnvironment, runAsAgent, type TaskEnd } from './build-agent.ts';
import { builtProduct } from './built-tasks.ts';

const CONTOSO = 'examples/contoso';
const REPOSITORY = 'b3e7e7c4-0000-4000-8000-00000000000a';
const PROJECT = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const COMMITS = ['1', '2', '3'].map((digit) => digit.repeat(40));

describe('SafeRolloutValidate with comment: true', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let cwd: string;
  let task: string;
  let number = 40;

  before(async () => {
    task = join(await builtProduct(), 'tasks/SafeRolloutValidate/SafeRolloutValidateV1');
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-sources-'));
    copyFileSync(join(CONTOSO, 'service-graph.yml'), join(cwd, 'service-graph.yml'));
    writeWrong();
    emulator.clearFaults();
    number += 1;
    emulator.addPullRequest({ repository: REPOSITORY, id: number, commits: COMMITS.slice(0, 1) });
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const write = (text: string): void => writeFileSync(join(cwd, 'azure-pipelines.yml'), text);
  const read = (name: string): string => readFileSync(join(CONTOSO, name), 'utf8');
  const writeWrong = (): void => write(read('azure-pipelines.wrong-order.yml'));
  const writeRight = (): void => write(read('azure-pipelines.yml'));
  const run = async (
    env: Record<string, string | undefined> = {},
    inputs: Record<string, string> = {},
  ): Promise<TaskEnd> =>
    await runAsAgent({
      folder: task,
      inputs: { comment: 'true', ...inputs },
      cwd,
      env: Object.fromEntries(
        Object.entries({
          ...agentEnvironment(emulator),
          BUILD_REASON: 'PullRequest',
          BUILD_REPOSITORY_PROVIDER: 'TfsGit',
          BUILD_REPOSITORY_ID: REPOSITORY,
          BUILD_REPOSITORY_NAME: 'contoso-store',
          BUILD_REPOSITORY_LOCALPATH: cwd,
          BUILD_DEFINITIONNAME: 'contoso-ci',
          SYSTEM_DEFINITIONID: '7',
          SYSTEM_TEAMPROJECT: 'Contoso',
          SYSTEM_TEAMPROJECTID: PROJECT,
          SYSTEM_PULLREQUEST_PULLREQUESTID: String(number),
          SYSTEM_PULLREQUEST_SOURCECOMMITID: COMMITS[0],
          ...env,
        }).filter((one): one is [string, string] => one[1] !== undefined),
      ),
    });
  const pull = (): PullRequestState => emulator.pullRequests().find(({ id }) => id === number)!;
  /** Without those of the system. */
  const threads = () => pull().threads.filter(({ status }) => status !== undefined);
  const states = () => threads().map(({ status }) => status);
  const writes = () =>
    emulator.requests({ path: new RegExp(`pullRequests/${number}/`) }).filter(({ method }) => method !== 'GET').length;
  const asPerson = async (method: string, path: string, body?: object): Promise<void> => {
    const basic = Buffer.from(`Alice:${emulator.devOpsToken}`).toString('base64');
    const url = `${emulator.devOpsUrl}_apis/git/repositories/${REPOSITORY}/pullRequests/${number}/${path}`;
    const { status } = await ask(emulator, url, { method, headers: { authorization: `Basic ${basic}` }, body });
    assert.equal(status, 200);
  };

  it('writes one thread for each finding, at its place, and a status for what was checked', async () => {
    const end = await run();
    assert.equal(end.message, 'The order is not proven: 2 errors.');
    assert.match(end.log, new RegExp(`^Pull request ${number}: 2 open comments; 2 new\\.$`, 'm'));
    assert.deepEqual(states(), ['active', 'active']);
    const [first] = threads();
    const lines = readFileSync(join(cwd, 'azure-pipelines.yml'), 'utf8').split('\n');
    const { filePath, rightFileStart } = first!.threadContext as {
      filePath: string;
      rightFileStart: { line: number };
    };
    assert.equal(filePath, '/azure-pipelines.yml');
    assert.match(lines[rightFileStart.line - 1]!, /- stage: /);
    assert.match(first!.comments[0]!.content, /^\*\*Error\*\* \[missing-order\]\(https:.*#missing-order\): /);
    const [status, ...others] = pull().statuses;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [status!.state, status!.description, status!.context, status!.iterationId],
      [
        'failed',
        'The order is not proven: 2 errors.',
        { genre: 'safe-rollout', name: 'contoso-ci: azure-pipelines.yml by service-graph.yml' },
        1,
      ],
    );
    assert.equal(status!.targetUrl, `${emulator.devOpsUrl}${PROJECT}/_build/results?buildId=4711`);
  });

  it('marks a thread by the fingerprint that SARIF has', async () => {
    await run({}, { sarifFile: 'order.sarif' });
    const log = JSON.parse(readFileSync(join(cwd, 'order.sarif'), 'utf8')) as {
      runs: { results: { partialFingerprints: Record<string, string> }[] }[];
    };
    const known = log.runs[0]!.results.flatMap(({ partialFingerprints }) => Object.values(partialFingerprints));
    for (const { properties } of threads()) assert.ok(known.includes(String(properties['SafeRollout.Finding'])));
  });

  it('writes nothing a second time', async () => {
    await run();
    const before = writes();
    const end = await run();
    assert.match(end.log, new RegExp(`Pull request ${number}: 2 open comments; nothing to change\\.`));
    assert.equal(threads().length, 2);
    // The status is that of another run.
    assert.equal(writes(), before + 1);
  });

  it('resolves what was mended, opens again what is back, and leaves the words of people alone', async () => {
    await run();
    const [first] = threads();
    await asPerson('POST', `threads/${first!.id}/comments`, { content: 'On it.' });
    await asPerson('POST', 'threads', { comments: [{ content: 'Why this order?' }], status: 1 });
    writeRight();
    const mended = await run();
    assert.equal(mended.result, 'Succeeded');
    assert.match(mended.log, /0 open comments; 2 resolved\./);
    assert.deepEqual(states(), ['fixed', 'fixed', 'active']);
    assert.equal(pull().statuses.at(-1)!.state, 'succeeded');
    writeWrong();
    const back = await run();
    assert.match(back.log, /2 open comments; 2 opened again\./);
    assert.deepEqual(states(), ['active', 'active', 'active']);
    assert.deepEqual(
      threads().map(({ comments }) => comments.map(({ author, content }) => (author === 'Alice' ? content : author))),
      [['Contoso Build Service (contoso)', 'On it.'], ['Contoso Build Service (contoso)'], ['Why this order?']],
    );
  });

  it("leaves closed what somebody has closed as won't fix", async () => {
    await run();
    const [first] = threads();
    await asPerson('PATCH', `threads/${first!.id}`, { status: 'wontFix' });
    const end = await run();
    assert.match(end.log, /1 open comment; nothing to change\.\n1 finding somebody has closed there: left closed\./);
    assert.equal(end.message, 'The order is not proven: 2 errors.');
    assert.deepEqual(states(), ['wontFix', 'active']);
  });

  it('changes the text when the finding has changed, and resolves the surplus of one finding', async () => {
    await run();
    const [first] = threads();
    await asPerson('POST', 'threads', {
      comments: [{ content: 'copied' }],
      status: 1,
      properties: first!.properties,
    });
    const end = await run({ BUILD_DEFINITIONNAME: 'contoso-renamed' });
    assert.match(end.log, /2 open comments; 2 changed, 1 resolved\./);
    assert.match(threads()[0]!.comments[0]!.content, /pipeline contoso-renamed:/);
    assert.deepEqual(states(), ['active', 'active', 'fixed']);
  });

  it('goes on where only the identity that wrote a comment may change it, and says so', async () => {
    await run();
    const [first] = threads();
    await asPerson('DELETE', `threads/${first!.id}/comments/1`);
    await asPerson('POST', 'threads', {
      comments: [{ content: 'by the build service of before' }],
      status: 1,
      properties: first!.properties,
    });
    const end = await run();
    assert.match(end.log, /2 open comments; nothing to change\.\n1 comment with an older text: only the identity/);
    assert.doesNotMatch(end.log, /type=warning/);
    assert.equal(pull().statuses.length, 2);
  });

  it('takes a file that cannot be judged for no proof of a fix', async () => {
    await run();
    write('stages: 3\n');
    const end = await run();
    assert.match(end.log, /3 open comments; 1 new\.\n2 comments left open: not everything could be judged/);
    assert.deepEqual(states(), ['active', 'active', 'active']);
  });

  it('keeps off the threads of another pipeline and of other files', async () => {
    await run();
    writeRight();
    await run({ SYSTEM_DEFINITIONID: '8' });
    copyFileSync(join(cwd, 'azure-pipelines.yml'), join(cwd, 'other.yml'));
    await run({}, { pipelineFile: 'other.yml' });
    assert.deepEqual(states().slice(0, 2), ['active', 'active']);
    assert.equal(new Set(pull().statuses.map(({ context }) => context.name)).size, 2);
  });

  it('resolves the surplus that two runs at once have left', async () => {
    await Promise.all([run(), run()]);
    await run();
    assert.equal(states().filter((one) => one === 'active').length, 2);
  });

  it('writes a thread once although the answer was lost', async () => {
    emulator.addFault({ match: { method: 'POST', path: 'threads$' }, effect: { kind: 'applied-then-reset' } });
    const end = await run();
    assert.equal(threads().length, 2, end.log);
  });

  it('leaves the pull request to the newer run when somebody has pushed since', async () => {
    emulator.addPullRequest({ repository: REPOSITORY, id: number, commits: COMMITS.slice(1) });
    const end = await run();
    assert.match(end.log, /was pushed to after this run began/);
    assert.deepEqual([threads(), pull().statuses], [[], []]);
    await run({ SYSTEM_PULLREQUEST_SOURCECOMMITID: COMMITS[2] });
    assert.deepEqual([threads().length, pull().statuses[0]!.iterationId], [2, 3]);
  });

  it('warns of the missing right, once, by its name, and changes no verdict', async () => {
    emulator.addFault({
      match: { method: 'POST', path: 'pullRequests/', times: 'always' },
      effect: { kind: 'forbidden' },
    });
    const end = await run();
    assert.equal(end.message, 'The order is not proven: 2 errors.');
    const warnings = end.log.split('\n').filter((line) => line.includes('type=warning'));
    assert.equal(warnings.length, 1, end.log);
    assert.match(
      warnings[0]!,
      new RegExp(
        `Nothing was written to pull request ${number} of contoso-store: the job's identity may not comment on it\\. ` +
          "Set 'Contribute to pull requests' to Allow for 'Contoso Build Service \\(contoso\\)' in Project settings > Repositories > contoso-store > Security\\. " +
          'The verdict of the check is the same\\. Azure DevOps: TF401027: You need the Git .PullRequestContribute. permission',
      ),
    );
    assert.equal(writes(), 1);
    assert.deepEqual([threads(), pull().statuses], [[], []]);
    writeRight();
    assert.equal((await run()).result, 'Succeeded');
  });

  it('names the identity of the collection where the job runs as that', async () => {
    emulator.addFault({ match: { method: 'POST', path: 'pullRequests/' }, effect: { kind: 'forbidden' } });
    const end = await run({ SYSTEM_TEAMPROJECTID: '11111111-0000-4000-8000-000000000000' });
    assert.match(end.log, /Allow for 'Project Collection Build Service \(contoso\)' in/);
  });

  it('warns when there is no such pull request, and when Azure DevOps takes nothing', async () => {
    const gone = await run({ SYSTEM_PULLREQUEST_PULLREQUESTID: '9999' });
    assert.match(gone.log, /type=warning.*pull request 9999 of contoso-store: the job's identity does not see it/);
    emulator.addFault({
      match: { method: 'PATCH', path: 'pullRequests/', times: 'always' },
      effect: { kind: 'status', status: 400, body: { message: 'no' } },
    });
    await run();
    writeRight();
    const end = await run();
    assert.match(end.log, /type=warning.*Nothing was written.*did not take it \(status 400\)\. The next run writes/);
    assert.equal(end.result, 'Succeeded');
  });

  const elsewhere: [string, Record<string, string | undefined>, RegExp][] = [
    [
      'no pull request',
      { BUILD_REASON: 'Manual' },
      /^comment: this run is of no pull request \(Build\.Reason is Manual\)/m,
    ],
    [
      'GitHub',
      { BUILD_REPOSITORY_PROVIDER: 'GitHub' },
      /^comment: the pull request is not in Azure Repos .*annotations/m,
    ],
    ['an agent without a token', { ENDPOINT_AUTH_SYSTEMVSSCONNECTION: undefined }, /^comment: .* the job token/m],
  ];
  for (const [name, env, line] of elsewhere)
    it(`says in one line why nothing is written: ${name}`, async () => {
      const end = await run(env);
      assert.match(end.log, line);
      assert.equal(writes(), 0);
      assert.equal(end.message, 'The order is not proven: 2 errors.');
    });

  it('asks nothing of anybody without the input', async () => {
    const before = emulator.requests().length;
    const end = await run({}, { comment: 'false' });
    assert.doesNotMatch(end.log, /[Pp]ull request/);
    assert.equal(emulator.requests().length, before);
  });

  it('hides secrets and takes the meaning from what comes from outside', async () => {
    write(readFileSync(join(cwd, 'azure-pipelines.yml'), 'utf8').replaceAll('DeployStore', 'Stage_hunter22'));
    await run({ SECRET_PASSWORD: 'hunter22' });
    const texts = threads().map(({ comments }) => comments[0]!.content);
    assert.ok(
      texts.some((text) => text.includes('\\*\\*\\*')),
      texts.join('\n'),
    );
    for (const text of texts) assert.doesNotMatch(text, /hunter22/);
  });
});

import { azurePullRequest } from '../../src/devops/pull-request.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { ask } from '../emulator/client.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakePullRequest } from '../fakes/fake-pull-request.ts';
import { pullRequestContract } from './pull-request-contract.ts';

describe('pull request contract: in memory', () => {
  pullRequestContract(() => {
    const pullRequest = new FakePullRequest();
    return Promise.resolve({
      pullRequest,
      byAnother: (thread) => {
        pullRequest.threads.push({ id: 99, mark: thread.mark, state: 'active', text: thread.text });
        return Promise.resolve();
      },
      statuses: () => pullRequest.statuses,
    });
  });
});

describe('pull request contract: the adapter of Azure DevOps, over the wire', () => {
  const repository = 'b3e7e7c4-0000-4000-8000-00000000000a';
  let emulator: Emulator;
  let number = 0;
  before(async () => void (emulator = await startEmulator()));
  after(() => emulator.close());

  pullRequestContract(() => {
    const id = (number += 1);
    emulator.addPullRequest({ repository, id, commits: ['1'.repeat(40)] });
    const state = () => emulator.pullRequests().find((one) => one.id === id)!;
    const server = { collectionUrl: emulator.devOpsUrl, token: emulator.devOpsToken };
    const address = {
      ...server,
      http: { cert: { caFile: emulator.caFile } },
      repositoryId: repository,
      pullRequestId: id,
      sourceCommit: '1'.repeat(40),
      runUrl: 'https://127.0.0.1/run',
    };
    return Promise.resolve({
      pullRequest: azurePullRequest(address, new FakeClock()),
      byAnother: async ({ mark, text }) => {
        const url = `${emulator.devOpsUrl}_apis/git/repositories/${repository}/pullRequests/${id}/threads`;
        const basic = Buffer.from(`Alice:${emulator.devOpsToken}`).toString('base64');
        const { check, finding, rule } = mark;
        const properties = { 'SafeRollout.Check': check, 'SafeRollout.Finding': finding, 'SafeRollout.Rule': rule };
        const body = { comments: [{ content: text }], status: 1, properties };
        await ask(emulator, url, { method: 'POST', headers: { authorization: `Basic ${basic}` }, body });
      },
      statuses: () =>
        state().statuses.map(({ context, state: word, description }) => ({
          name: context.name,
          passed: word === 'succeeded',
          description,
        })),
    });
  });
});

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { getBearerHandler } from 'azure-devops-node-api/WebApi.js';
import { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { ask } from '../client.ts';

const PLAN = 'b1c2d3e4-0000-4000-8000-000000000001';
const TIMELINE = 'b1c2d3e4-0000-4000-8000-000000000002';
const RECORD = 'b1c2d3e4-0000-4000-8000-000000000003';

describe('emulator: timeline attachments', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const apiWith = (token: string): TaskApi =>
    new TaskApi(emulator.devOpsUrl, [getBearerHandler(token)], {
      cert: { caFile: emulator.caFile },
      allowRetries: false,
    });
  const create = (name: string, content: string, type = 'safe-rollout.journal') =>
    apiWith(emulator.devOpsToken).createAttachment(
      {},
      Readable.from([content]),
      'project',
      'build',
      PLAN,
      TIMELINE,
      RECORD,
      type,
      name,
    );

  it('are those of their build too, by name and address', async () => {
    emulator.addBuild(4711, PLAN);
    await create('0001-payments-intent.json', '{}');
    await create('summary.md', '# other type', 'other');
    const of = (build: number, token = emulator.devOpsToken) =>
      ask(emulator, `${emulator.devOpsUrl}project/_apis/build/builds/${build}/attachments/safe-rollout.journal`, {
        headers: { authorization: `Bearer ${token}` },
      });
    const { json } = await of(4711);
    const { value } = json as { value: { name: string; _links: { self: { href: string } } }[] };
    assert.deepEqual(
      value.map((one) => Object.keys(one).sort()),
      [['_links', 'name']],
    );
    assert.equal(value[0]!.name, '0001-payments-intent.json');
    assert.match(
      value[0]!._links.self.href,
      new RegExp(`/builds/4711/${TIMELINE}/${RECORD}/attachments/safe-rollout.journal/0001`),
    );
    assert.equal((await of(4712)).status, 404);
    assert.equal((await of(4711, 'wrong')).status, 401);
  });

  it('are stored, listed and read by the client of Azure DevOps', async () => {
    const api = apiWith(emulator.devOpsToken);
    const stored = await create('0001-payments-intent.json', '{"phase":"intent"}');
    assert.equal(stored.name, '0001-payments-intent.json');
    assert.ok(stored.createdOn instanceof Date);
    await create('0002-payments-done.json', '{"phase":"done"}');
    await create('summary.md', '# other type', 'other');
    const listed = await api.getPlanAttachments('project', 'build', PLAN, 'safe-rollout.journal');
    assert.deepEqual(
      listed.map((one) => [one.name, one.timelineId, one.recordId]),
      [
        ['0001-payments-intent.json', TIMELINE, RECORD],
        ['0002-payments-done.json', TIMELINE, RECORD],
      ],
    );
    const content = await api.getAttachmentContent(
      'project',
      'build',
      PLAN,
      TIMELINE,
      RECORD,
      'safe-rollout.journal',
      '0001-payments-intent.json',
    );
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), '{"phase":"intent"}');
    assert.deepEqual(emulator.attachments().map(({ name, content: text }) => [name, text])[0], [
      '0001-payments-intent.json',
      '{"phase":"intent"}',
    ]);
  });

  it('are empty for a plan that nobody has written to', async () => {
    assert.deepEqual(
      await apiWith(emulator.devOpsToken).getPlanAttachments('project', 'build', PLAN, 'safe-rollout.journal'),
      [],
    );
  });

  it('keep their names to themselves', async () => {
    await create('0001.json', 'first');
    await assert.rejects(create('0001.json', 'second'), { statusCode: 409 });
    assert.deepEqual(
      emulator.attachments().map((one) => one.content),
      ['first'],
    );
  });

  it('have names that could be file names', async () => {
    await assert.rejects(create('a:b.json', 'x'), { statusCode: 400 });
    await assert.rejects(create('a.json', 'x', 'type*'), { statusCode: 400 });
    assert.deepEqual(emulator.attachments(), []);
  });

  it('need the job token', async () => {
    await assert.rejects(apiWith('stolen').getPlanAttachments('project', 'build', PLAN, 'safe-rollout.journal'), {
      statusCode: 401,
    });
    const basic = Buffer.from(`:${emulator.devOpsToken}`).toString('base64');
    const url = `${emulator.devOpsUrl}project/_apis/distributedtask/hubs/build/plans/${PLAN}/attachments/safe-rollout.journal`;
    assert.equal((await ask(emulator, url, { headers: { authorization: `Basic ${basic}` } })).status, 200);
    assert.equal((await ask(emulator, url)).status, 401);
  });
});

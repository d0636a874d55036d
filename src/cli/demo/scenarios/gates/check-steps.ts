import { once } from 'node:events';
import type { EnvironmentCheck, EnvironmentEnd, Verdict } from '../../../../emulator/start.ts';
import { deploy } from '../../../../rollout/deploy/deploy.ts';
import { audience, type Step } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { reached } from '../../own-process.ts';
import { SECRET, startGateService, type GateService } from './gate-service.ts';

const PAYMENTS = 'app-contoso-payments';
const CONNECTION = 'gate-service';

function enter(world: World, service: GateService, checks: readonly EnvironmentCheck[]): Promise<EnvironmentEnd> {
  const connections = { [CONNECTION]: { url: service.url, username: 'azure', password: SECRET } };
  return world.emulator.enterEnvironment({ checks, connections });
}

/** `the stage runs: health failed passed, routing passed`. */
function told({ stage, ends }: EnvironmentEnd): string {
  const each = ends.map(({ name, verdicts }) => `${name} ${verdicts.map(({ kind }) => kind).join(' ')}`);
  return `the stage ${stage === 'runs' ? 'runs' : 'is skipped'}: ${each.join(', ')}`;
}

export const apiResponse: Step = {
  id: 'c',
  title: 'checks of an environment ask a gate service of our own, and again until it says pass',
  run: async (world, stage) => {
    const service = await startGateService(world, stage);
    try {
      const fault = world.emulator.addFault({
        match: { site: PAYMENTS, times: 'always' },
        effect: { kind: 'status', status: 503, body: '' },
      });
      stage.say('payments is ill while the checks are asked for the first time');
      const check = (name: string, question: object): EnvironmentCheck => ({
        name,
        // As docs/gate-service.md sets it up.
        inputs: {
          connectedServiceName: CONNECTION,
          urlSuffix: `/check/${name}`,
          headers: '{"Content-Type":"application/json"}',
          body: JSON.stringify(question),
          waitForCompletion: 'false',
          successCriteria: "eq(root['status'], 'pass')",
        },
        timeout: 200,
        timeBetweenEvaluations: 20,
        tell: (verdict) => {
          stage.say(`${name}: ${verdict.kind === 'failed' ? verdict.reason.trim() : verdict.kind}`);
          if (name === 'health') world.emulator.removeFault(fault);
        },
      });
      const payments = { service: 'payments' };
      const end = await enter(world, service, [
        check('health', { ...payments, expectedVersion: '2.4.1' }),
        check('routing', payments),
      ]);
      return { expected: 'the stage runs: health failed passed, routing passed', found: told(end) };
    } finally {
      await service.stop();
    }
  },
};

export const callback: Step = {
  id: 'd',
  title: 'a check waits for a callback: its service is killed and started anew, and calls back once',
  run: async (world, stage) => {
    await world.pack({ payments: '2.5.0' });
    const first = await startGateService(world, stage);
    let second: GateService | undefined;
    try {
      const entered = enter(world, first, [
        waitingFor('2.5.0', (verdict) => stage.say(`the check has ${verdict.kind}`)),
      ]);
      await reached(() => linesOf(world).some((line) => line.includes('waiting:')), first.process);
      for (const line of linesOf(world)) stage.say(`log of the check: ${line.slice(line.indexOf(' ') + 1)}`);
      first.process.child.kill('SIGKILL');
      await once(first.process.child, 'exit');
      second = await startGateService(world, stage);
      stage.say('the gate service is killed, and started anew on its state');
      const release = await deploy(await world.plan(['payments']), world.ports('payments-2.5.0', audience(stage)));
      const end = await entered;
      // What is on its way when it is told to stop arrives: a second result would be seen.
      await second.stop();
      const { events } = world.emulator.plans();
      const anew = linesOf(world).some((line) => line.includes('was started anew'));
      const results = events.map(({ name, result }) => `${name} ${result}`);
      return {
        expected:
          'deployed; the stage runs: health passed; TaskCompleted succeeded, once; its log says that it was started anew',
        found: `${release.outcome}; ${told(end)}; ${results[0]}, ${results.length === 1 ? 'once' : `${results.length} times`}; its log says ${anew ? 'that it was started anew' : 'nothing of it'}`,
      };
    } finally {
      await first.stop();
      await second?.stop();
    }
  },
};

/** What tasks have shown in their live logs. */
function linesOf(world: World): string[] {
  return world.emulator.plans().records.flatMap(({ feed }) => feed);
}

/** As docs/gate-service.md sets it up; the headers are the default ones. */
function waitingFor(expectedVersion: string, tell: (verdict: Verdict) => void): EnvironmentCheck {
  return {
    name: 'health',
    inputs: {
      connectedServiceName: CONNECTION,
      urlSuffix: '/callback/health',
      body: JSON.stringify({ service: 'payments', expectedVersion, timeout: '2m' }),
      waitForCompletion: 'true',
    },
    timeout: 2880,
    timeBetweenEvaluations: 0,
    tell,
  };
}

export const expires: Step = {
  id: 'e',
  title: 'an approval that nobody gives expires, and the stage is skipped though its check has passed',
  run: async (world, stage) => {
    const service = await startGateService(world, stage);
    try {
      const check: EnvironmentCheck = {
        name: 'health',
        inputs: {
          connectedServiceName: CONNECTION,
          urlSuffix: '/check/health',
          body: JSON.stringify({ service: 'payments' }),
          successCriteria: "eq(root['status'], 'pass')",
        },
        timeout: 200,
        timeBetweenEvaluations: 20,
      };
      const { stage: outcome, ends } = await world.emulator.enterEnvironment({
        checks: [check],
        approvals: [{ approver: 'the release manager', timeout: 30 }],
        connections: { [CONNECTION]: { url: service.url, username: 'azure', password: SECRET } },
      });
      const each = ends.map(({ name, outcome: end }) => `${name} ${end}`).join(', ');
      return {
        expected: 'skipped: health passed, approval of the release manager timed-out; approval timedOut',
        found: `${outcome}: ${each}; approval ${world.emulator.approvals().at(-1)?.status}`,
      };
    } finally {
      await service.stop();
    }
  },
};

import type { DeployedService, DeployResult } from '../rollout/deploy/deploy.ts';
import type { RolloutEvent } from '../rollout/ports.ts';
import type { Conclusion, ExitCode } from './conclusion.ts';
import { neutralMarkdown } from './neutral.ts';
import { timeline } from './timeline.ts';

/**
 * What a deployment came to. `run` names it in the journal: for a rollback from elsewhere.
 * @param undo how a rollback is asked for where this ran: of the services by comma, or of what is not known to be well
 */
export function concludeDeploy(
  run: string,
  result: DeployResult,
  story: readonly RolloutEvent[],
  undo: (service: string) => string,
): Conclusion {
  const { outcome, reason, services, rollback } = result;
  const sentence = sentenceOf(result, undo);
  const names = (of: DeployedService['outcome'][]): string =>
    services
      .filter((one) => of.includes(one.outcome))
      .map(({ service }) => service)
      .join(', ');
  return {
    exitCode: exitCodeOf(outcome),
    succeeded: outcome === 'deployed',
    sentence,
    text: `${plainTable(services)}${sentence}`,
    outputs: { outcome, deployed: names(['done']), restored: names(['rolled-back', 'restored']) },
    markdown: `## Deployment\n\n${neutralMarkdown(sentence)}\n\n${table(services)}\n${timeline(story)}`,
    document: {
      ok: outcome === 'deployed',
      outcome,
      message: reason,
      run,
      services,
      ...(rollback !== undefined && { rollback }),
    },
    findings: [],
  };
}

function exitCodeOf(outcome: DeployResult['outcome']): ExitCode {
  switch (outcome) {
    case 'deployed':
      return 0;
    case 'failed':
      return 1;
    case 'rolled-back':
      return 3;
    case 'person':
    case 'stopped':
      return 4;
  }
}

function sentenceOf({ outcome, reason, services, rollback }: DeployResult, undo: (service: string) => string): string {
  switch (outcome) {
    case 'deployed':
      return `Deployed: ${reason}`;
    case 'failed':
      return `Not deployed, and nothing unverified is in production: ${reason}`;
    case 'rolled-back':
      return `Rolled back, production is as it was for what failed: ${rollback?.reason ?? reason}`;
    case 'person':
      return `A person is needed: ${(rollback?.reason ?? reason).replace(/\.$/, '')}. Next: to look again, and put back what was replaced where it can be told, with its dependents: ${undo(unclear(services))}`;
    case 'stopped':
      return `Stopped: ${reason} Run it again to go on, or roll back.`;
  }
}

/** Who names a service has it put back even where the plan leaves it for a person. */
function unclear(services: readonly DeployedService[]): string {
  return services
    .filter(({ outcome }) => ['unhealthy', 'turned-unhealthy'].includes(outcome))
    .map(({ service }) => service)
    .join(',');
}

function table(services: readonly DeployedService[]): string {
  const rows = services.map(({ service, outcome, versionBefore, versionAfter, reason }) =>
    [service, outcome, versionBefore ?? '', versionAfter ?? '', reason].map(neutralMarkdown).join(' | '),
  );
  const head = '| Service | Outcome | Before | Now | Why |\n| --- | --- | --- | --- | --- |\n';
  return `${head}${rows.map((row) => `| ${row} |\n`).join('')}`;
}

function plainTable(services: readonly DeployedService[]): string {
  const width = Math.max(0, ...services.map(({ service }) => service.length));
  return services
    .map(({ service, outcome, versionBefore, versionAfter }) => {
      const versions = versionAfter === null ? '' : `  ${versionBefore ?? '?'} -> ${versionAfter}`;
      return `${service.padEnd(width)}  ${outcome}${versions}\n`;
    })
    .join('');
}

import { stringAt } from '../../json/json.ts';
import { mainContainer, type Revision } from '../../state/container-app.ts';

/** How a revision is, in the words of its resource. */
export interface Condition {
  readonly replicas: number;
  readonly healthState: 'Healthy' | 'Unhealthy' | 'None';
  readonly provisioningState: 'Provisioning' | 'Provisioned' | 'Failed';
  readonly runningState: 'Running' | 'Processing' | 'Stopped' | 'Failed';
  readonly provisioningError?: string;
  readonly runningStateDetails?: string;
}

/**
 * Read when it is asked for, since a process may leave at any time. One that has left stays away, as a container that
 * falls again and again does, until it is restarted. A revision that was healthy says so still when it is inactive, and
 * only `active`, `replicas` and `runningState` tell (inferred; it is also what is harder on a client).
 */
export function conditionOf(revision: Revision): Condition {
  const state = revision.process?.state === 'exited' && revision.state === 'provisioned' ? 'crashed' : revision.state;
  const seen = activeCondition(revision, state);
  return revision.active ? seen : { ...seen, replicas: 0, runningState: 'Stopped' };
}

function activeCondition(revision: Revision, state: Revision['state'] | 'crashed'): Condition {
  switch (state) {
    case 'provisioning':
      return { replicas: 1, healthState: 'None', provisioningState: 'Provisioning', runningState: 'Processing' };
    case 'provisioned':
      return { replicas: 1, healthState: 'Healthy', provisioningState: 'Provisioned', runningState: 'Running' };
    case 'failed':
    case 'crashed': {
      const crashed = `${stringAt(mainContainer(revision.template), 'name') ?? ''}ContainerCrashing`;
      const error = `Failed:${revision.failure ?? crashed}`;
      return {
        replicas: 1,
        provisioningError: error,
        healthState: 'Unhealthy',
        provisioningState: 'Failed',
        runningState: 'Failed',
        runningStateDetails: `1/1 ${error}`,
      };
    }
  }
}

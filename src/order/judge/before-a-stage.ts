import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';

/** The stages that a stage waits for, however far, in no order. @param upTo is not among them, nor what only it waits for */
export function stagesAbove(stage: Stage, { stages }: Pipeline, upTo?: Stage): readonly Stage[] {
  const named = new Map(stages.map((one) => [one.name.toLowerCase(), one]));
  const found = new Set<Stage>([stage]);
  for (const one of found)
    for (const { name } of one.dependsOn) {
      const above = named.get(name.toLowerCase());
      if (above !== undefined && above !== upTo) found.add(above);
    }
  found.delete(stage);
  return [...found];
}

const ASKS = /^Manual(?:Validation|Intervention)$/i;

/** Whether a person has to agree before the job ends. */
export function asksPerson({ steps }: Job): boolean {
  return steps.some(({ task }) => ASKS.test(task?.name ?? ''));
}

import { assignments } from '../settings/kinds.ts';
import { optional } from '../settings/setting.ts';

/** What the service knows of a run before it reads the pipeline, and we have to be told. */
export const choiceSettings = {
  repo: optional(
    assignments({
      label: 'Repositories',
      help: 'Where repositories of templates lie: `alias=folder`, one for each alias of `resources.repositories` that the pipeline uses. `self` is found by itself.',
    }),
  ),
  parameter: optional(
    assignments({
      label: 'Parameters',
      help: 'Values of the parameters of the pipeline as one would choose them for a run: `name=value`, JSON for objects and lists. The order is judged for runs with them, and for every value of the others; only lists and objects keep their defaults.',
    }),
  ),
  variable: optional(
    assignments({
      label: 'Variables',
      help: 'Variables that the service sets before it reads the pipeline, as `Build.Reason=Manual`. Templates see no others but those of the YAML files.',
    }),
  ),
};

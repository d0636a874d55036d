import { dependencyGraph } from '../catalogue/read-catalogue.ts';
import { USUAL_KIND, type Service } from '../catalogue/model.ts';
import { drawDot, drawMermaid } from '../graph/draw.ts';
import { waves } from '../graph/order.ts';
import { readText } from '../host/text-file.ts';
import { loadCatalogue } from '../rollout/planning/load-catalogue.ts';
import { oneOf, path } from '../settings/kinds.ts';
import { declare, withDefault } from '../settings/setting.ts';
import { command } from './command.ts';

const graphSettings = declare({
  graphFile: withDefault(
    path({ label: 'Service graph', help: 'The file that declares the services and what they depend on.' }),
    'service-graph.yml',
  ),
  as: withDefault(
    oneOf(['mermaid', 'dot'], { label: 'Language', help: 'Language of the drawing: `dot` is that of Graphviz.' }),
    'mermaid',
  ),
});

export default command({
  name: 'graph',
  usage: '[GRAPH]',
  description: `Draws the service graph: Mermaid for a README or a wiki page of Azure DevOps, DOT for Graphviz. Arrows go the
way of a deployment: from what is needed to what needs it.`,
  examples: [
    ['safe-rollout graph', 'service-graph.yml as Mermaid'],
    ['safe-rollout graph deploy/service-graph.yml --as dot | dot -Tsvg > graph.svg', 'a picture'],
  ],
  declaration: graphSettings,
  positional: 'graphFile',
  run: async ({ graphFile, as }) => {
    const catalogue = await loadCatalogue(graphFile, { readText });
    const graph = dependencyGraph(catalogue);
    const labels = new Map(catalogue.services.map((service) => [service.name, labelOf(service)]));
    const draw = as === 'dot' ? drawDot : drawMermaid;
    const drawing = draw(graph, (name) => labels.get(name) ?? name);
    const services = catalogue.services.map(({ name, kind, dependsOn }) => ({
      name,
      kind,
      dependsOn: dependsOn.map(({ service }) => service),
    }));
    return {
      exitCode: 0,
      succeeded: true,
      sentence: `${services.length} services`,
      text: drawing,
      document: { ok: true, services, waves: waves(graph), [as]: drawing },
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});

function labelOf(service: Service): string {
  return service.kind === USUAL_KIND ? service.name : `${service.name} (${service.kind})`;
}

import { didYouMean } from '../finding/nearest.ts';
import { excerpt, placeOf, type YamlNode } from '../yaml/node.ts';
import type { Position } from '../finding/finding.ts';
import { fieldsOf, listOf, oneOrMore, required, text, type Read, type Report } from './fields.ts';

/** A finding that is accepted by the graph file: by rule and services, with the reason why. */
export interface Ignore extends Position {
  readonly rule: string;
  /** A finding is meant when it is about all of them. At least one. */
  readonly services: readonly string[];
  readonly reason: string;
}

export const IGNORE_KEYS = ['rule', 'services', 'reason'];

const readOne: Read<Ignore> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: IGNORE_KEYS }, report);
  if (fields === undefined) return undefined;
  const rule = required(fields, 'rule', text, report, 'the rule whose finding is accepted');
  const services = required(fields, 'services', oneOrMore(text), report, 'the services that the finding is about');
  const reason = required(fields, 'reason', text, report, 'why it is accepted, for whoever reads it next');
  if (services?.length === 0) report(fields.place, `${what}.services names no service`);
  if (rule === undefined || reason === undefined || services === undefined || services.length === 0) return undefined;
  return { ...placeOf(fields.place), rule, services, reason };
};

/**
 * Reads `ignore`, the accepted findings of a graph file.
 * @param known names of the services: a typing mistake would accept nothing, unseen
 */
export function readIgnore(node: YamlNode | undefined, known: ReadonlySet<string>, report: Report): Ignore[] {
  if (node === undefined) return [];
  const read = listOf(readOne)(node, 'ignore', report) ?? [];
  for (const { services, ...place } of read)
    for (const service of services)
      if (!known.has(service))
        report(place, `ignore: unknown service '${excerpt(service)}'${didYouMean(service, known)}`);
  return read;
}

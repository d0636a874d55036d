import { fingerprints } from '../../finding/fingerprint.ts';
import type { Baseline, BaselineEntry } from '../../finding/baseline.ts';
import { sortFindings, type Finding } from '../../finding/finding.ts';
import type { Unresolved } from '../../pipeline/model.ts';
import { placeOf } from '../../yaml/node.ts';
import type { OrderCheck } from '../check-order.ts';
import { canBeAccepted } from '../rulebook/rule-texts.ts';
import { readSuppressions, suppressionOf, unusedSuppression, type Suppression } from './suppressions.ts';

/** How a finding stands: new, known from the baseline, or suppressed by somebody with a reason. */
export type Standing =
  | { readonly state: 'new' }
  | { readonly state: 'known' }
  | { readonly state: 'suppressed'; readonly by: Suppression };

export interface Reviewed {
  readonly finding: Finding;
  readonly fingerprint: string;
  readonly standing: Standing;
}

/** What of the findings fails a check. */
export interface ReviewPolicy {
  /** `new`: errors that the baseline does not know. `error`: those it knows, too. */
  readonly failOn: 'new' | 'error' | 'never';
  readonly onUnresolved: 'fail' | 'warn';
  /** By rule, in place of its own. */
  readonly severity: Readonly<Record<string, string>>;
}

export const STRICT: ReviewPolicy = { failOn: 'new', onUnresolved: 'fail', severity: {} };

/** The answer of the order check, seen through what a team has accepted. Findings are new or known, never suppressed. */
export interface OrderReview {
  readonly check: OrderCheck;
  readonly policy: ReviewPolicy;
  readonly passed: boolean;
  readonly findings: readonly Reviewed[];
  /** As findings of the rule `unresolved`. */
  readonly unresolved: readonly Reviewed[];
  readonly suppressed: readonly Reviewed[];
  /** Undefined without a baseline. `gone`: entries that no finding has any more. */
  readonly baseline: { readonly gone: readonly BaselineEntry[] } | undefined;
  /** Texts of the files that findings point into, by name. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface ReviewInput {
  readonly check: OrderCheck;
  /** Of the pipeline and the graph; the templates come with the check. */
  readonly sources: ReadonlyMap<string, string>;
  readonly policy?: ReviewPolicy;
  readonly baseline?: Baseline | undefined;
  /** What a file is called in fingerprints: its path from a folder that stays the same. */
  readonly nameOf?: (file: string) => string;
}

/** Brings together findings, suppressions, baseline and policy. Pure, and as deterministic as its input. */
export function reviewOrder(input: ReviewInput): OrderReview {
  const { check, policy = STRICT, baseline, nameOf } = input;
  const sources = new Map([...input.sources, ...check.sources]);
  const { suppressions, findings: bad } = readSuppressions(sources, check.ignored);
  const open = [...check.findings, ...bad].map((finding) => weigh(finding, policy));
  const used = new Set<Suppression>();
  const all = [...open, ...check.unresolved.map((one) => asFinding(one, policy))];
  for (const finding of all) {
    const by = suppressionOf(finding, suppressions);
    if (by !== undefined) used.add(by);
  }
  // Where the files themselves are faulty, nobody knows what the rules would have found.
  const judged = check.findings.every(({ rule }) => canBeAccepted(rule));
  const unused = judged ? suppressions.filter((one) => !used.has(one)).map(unusedSuppression) : [];
  const findings = [...sortFindings([...open, ...unused]), ...all.slice(open.length)];
  const names = fingerprints(findings, nameOf);
  const known = new Set(baseline?.entries.map(({ fingerprint }) => fingerprint));
  const reviewed = findings.map((finding, at): Reviewed => {
    const fingerprint = names[at]!;
    const by = suppressionOf(finding, suppressions);
    if (by !== undefined) return { finding, fingerprint, standing: { state: 'suppressed', by } };
    const accepted = known.has(fingerprint) && canBeAccepted(finding.rule);
    return { finding, fingerprint, standing: { state: accepted ? 'known' : 'new' } };
  });
  const active = reviewed.filter(({ standing }) => standing.state !== 'suppressed');
  const present = new Set(names);
  return {
    check,
    policy,
    passed: !active.some((one) => fails(one, policy)),
    findings: active.filter(({ finding }) => finding.rule !== 'unresolved'),
    unresolved: active.filter(({ finding }) => finding.rule === 'unresolved'),
    suppressed: reviewed.filter(({ standing }) => standing.state === 'suppressed'),
    baseline: baseline && { gone: baseline.entries.filter(({ fingerprint }) => !present.has(fingerprint)) },
    sources,
  };
}

/** Whether a finding makes the check fail. */
export function fails({ finding, standing }: Reviewed, { failOn }: ReviewPolicy): boolean {
  if (failOn === 'never' || finding.severity !== 'error' || standing.state === 'suppressed') return false;
  return failOn === 'error' || standing.state === 'new';
}

/** All that a baseline would hold: what is open now and can be accepted at all. */
export function acceptable({ findings, unresolved }: OrderReview): Reviewed[] {
  return [...findings, ...unresolved].filter(({ finding }) => canBeAccepted(finding.rule));
}

function weigh(finding: Finding, { severity }: ReviewPolicy): Finding {
  const own = Object.hasOwn(severity, finding.rule) ? severity[finding.rule] : undefined;
  return own === 'error' || own === 'warning' ? { ...finding, severity: own } : finding;
}

function asFinding(one: Unresolved, { onUnresolved }: ReviewPolicy): Finding {
  const severity = onUnresolved === 'fail' ? 'error' : 'warning';
  return { rule: 'unresolved', severity, message: one.what, ...placeOf(one), services: [] };
}

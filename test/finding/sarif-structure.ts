import { Ajv } from 'ajv';

/**
 * The part of the schema of SARIF 2.1.0 (OASIS Standard, errata 01) that this product writes: what is required, what is
 * allowed, and the closed sets of values. Objects take no other properties, as in the schema itself.
 */
const text = { type: 'string' };
const whole = (minimum: number) => ({ type: 'integer', minimum });
const closed = (properties: object, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });
const ref = (name: string) => ({ $ref: `#/definitions/${name}` });

const schema = {
  ...closed(
    { $schema: { type: 'string', pattern: '^https://' }, version: { enum: ['2.1.0'] }, runs: list(ref('run')) },
    ['version', 'runs'],
  ),
  definitions: {
    run: closed(
      {
        tool: closed({ driver: ref('toolComponent') }, ['driver']),
        invocations: list(ref('invocation')),
        columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
        artifacts: { ...list(closed({ location: ref('artifactLocation') })), uniqueItems: true },
        results: list(ref('result')),
      },
      ['tool', 'results'],
    ),
    toolComponent: closed(
      {
        name: text,
        version: text,
        informationUri: { type: 'string', pattern: '^https://' },
        rules: { ...list(ref('reportingDescriptor')), uniqueItems: true },
      },
      ['name'],
    ),
    reportingDescriptor: closed(
      {
        id: text,
        name: text,
        shortDescription: ref('multiformat'),
        fullDescription: ref('multiformat'),
        help: ref('multiformat'),
        helpUri: { type: 'string', pattern: '^https://' },
        defaultConfiguration: closed({ level: ref('level') }),
      },
      // The schema asks for the id alone; viewers and this product's promise for the rest.
      ['id', 'shortDescription', 'fullDescription', 'help', 'helpUri'],
    ),
    multiformat: closed({ text: { type: 'string', minLength: 1 }, markdown: text }, ['text']),
    level: { enum: ['none', 'note', 'warning', 'error'] },
    invocation: closed(
      {
        executionSuccessful: { type: 'boolean' },
        exitCode: { type: 'integer' },
        toolExecutionNotifications: list(ref('notification')),
      },
      ['executionSuccessful'],
    ),
    notification: closed(
      {
        level: ref('level'),
        message: ref('message'),
        locations: list(ref('location')),
        associatedRule: closed({ id: text, index: whole(0) }),
      },
      ['message'],
    ),
    message: closed({ text: { type: 'string', minLength: 1 } }, ['text']),
    location: closed({ physicalLocation: ref('physicalLocation') }),
    physicalLocation: closed({ artifactLocation: ref('artifactLocation'), region: ref('region') }, [
      'artifactLocation',
    ]),
    artifactLocation: closed({ uri: { type: 'string', pattern: '^[^\\s\\\\]+$' }, uriBaseId: text }),
    region: closed({
      startLine: whole(1),
      startColumn: whole(1),
      endLine: whole(1),
      endColumn: whole(1),
      snippet: closed({ text }),
    }),
    result: closed(
      {
        ruleId: text,
        ruleIndex: whole(0),
        kind: { enum: ['notApplicable', 'pass', 'fail', 'review', 'open', 'informational'] },
        level: ref('level'),
        message: ref('message'),
        locations: list(ref('location')),
        partialFingerprints: { type: 'object', additionalProperties: text },
        baselineState: { enum: ['new', 'unchanged', 'updated', 'absent'] },
        suppressions: {
          ...list(
            closed(
              {
                kind: { enum: ['inSource', 'external'] },
                status: { enum: ['accepted', 'underReview', 'rejected'] },
                justification: text,
                location: ref('location'),
              },
              ['kind'],
            ),
          ),
          uniqueItems: true,
        },
        properties: { type: 'object' },
      },
      ['message'],
    ),
  },
};

const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

interface Result {
  readonly kind: string;
  readonly level: string;
  readonly ruleId: string;
  readonly ruleIndex?: number;
}

/** What is wrong with a log, by the schema and by two rules of the standard's text. */
export function sarifProblems(log: unknown): string[] {
  if (!validate(log)) return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const [run] = (log as { runs: { tool: { driver: { rules: { id: string }[] } }; results: Result[] }[] }).runs;
  return run!.results.flatMap(({ kind, level, ruleId, ruleIndex }) => [
    // 3.27.10: any kind but "fail" has the level "none".
    ...(kind !== 'fail' && level !== 'none' ? [`a result of kind ${kind} has level ${level}`] : []),
    ...(ruleIndex !== undefined && run!.tool.driver.rules[ruleIndex]?.id !== ruleId
      ? [`${ruleId} is not rule ${ruleIndex}`]
      : []),
  ]);
}

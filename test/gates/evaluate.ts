import { parseServerExpression, type ServerFunction, type ServerNode } from '../../src/build/server-expression.ts';
import { equals } from '../../src/expression/compare.ts';
import { toText, toTruth } from '../../src/expression/convert.ts';
import { fromNumber, whole } from '../../src/expression/decimal.ts';
import { EAGER } from '../../src/expression/functions.ts';
import {
  array,
  boolean,
  FALSE,
  NULL,
  number,
  object,
  text,
  TRUE,
  type Known,
  type Value,
} from '../../src/expression/value.ts';
import { Work } from '../../src/expression/work.ts';
import { selectJson } from './json-path.ts';

/** What an expression of a server task sees. */
export interface Answer {
  /** The body as it came. It is read as JSON when the expression asks for it. */
  readonly body: string;
  /** In a chain alone: the status by its name, headers by their names in lower case. */
  readonly response: { readonly statuscode: string; readonly headers: Readonly<Record<string, string>> } | undefined;
  readonly taskInputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** @throws Error for whatever the server would not evaluate, or is not known to: an error is never a pass */
export function evaluate(source: string, answer: Answer): Known {
  return new Evaluation(answer).node(parseServerExpression(source));
}

export function holds(source: string, answer: Answer): boolean {
  return toTruth(evaluate(source, answer)) === 'true';
}

class Evaluation {
  readonly #answer: Answer;
  #json: { readonly value: unknown } | undefined;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  node(node: ServerNode): Known {
    switch (node.type) {
      case 'literal':
        return node.value;
      case 'context':
        return this.#context(node.name);
      case 'index':
        return itemOf(this.node(node.target), this.node(node.index));
      case 'call':
        return this.#call(node.name, node.args);
    }
  }

  #context(name: 'root' | 'response' | 'taskInputs' | 'variables'): Known {
    const { response, taskInputs, variables } = this.#answer;
    if (name === 'root') return valueOf(this.#document());
    if (name === 'taskInputs') return valueOf(taskInputs);
    if (name === 'variables') return valueOf(variables);
    if (response === undefined) throw new Error("'response' is known in a chain alone");
    const { statuscode, headers } = response;
    // `content` only when it can be had: an expression may ask for the status alone.
    return valueOf({ statuscode, headers, ...(this.#isJson() && { content: this.#document() }) });
  }

  #document(): unknown {
    this.#json ??= { value: JSON.parse(this.#answer.body) };
    return this.#json.value;
  }

  #isJson(): boolean {
    try {
      this.#document();
      return true;
    } catch {
      return false;
    }
  }

  #call(name: ServerFunction, nodes: readonly ServerNode[]): Known {
    switch (name) {
      case 'and':
        return boolean(nodes.every((one) => this.#isTrue(one)));
      case 'or':
        return boolean(nodes.some((one) => this.#isTrue(one)));
      case 'in':
      case 'notIn': {
        const [first, ...rest] = nodes.map((one) => this.node(one));
        return boolean(rest.some((one) => equals(first!, one) === 'true') === (name === 'in'));
      }
      case 'coalesce':
        return nodes.map((one) => this.node(one)).find((one) => !isNothing(one)) ?? NULL;
      default:
        return this.#own(
          name,
          nodes.map((one) => this.node(one)),
        );
    }
  }

  #own(name: Exclude<ServerFunction, 'and' | 'or' | 'in' | 'notIn' | 'coalesce'>, args: readonly Known[]): Known {
    const [first = NULL, second = NULL] = args;
    switch (name) {
      case 'jsonpath':
        return array(selectJson(this.#document(), textOf(first)).map(valueOf));
      case 'count':
        return number(whole(itemsOf(first, 'count').length));
      case 'intersect': {
        const texts = itemsOf(second, 'intersect').map(textOf);
        return array(itemsOf(first, 'intersect').filter((one) => texts.includes(textOf(one))));
      }
      case 'isNullOrEmpty':
        return isNothing(first) ? TRUE : FALSE;
      case 'isUrl':
        return boolean(first.kind === 'string' && URL.canParse(first.value));
      default: {
        const outcome = EAGER[name]([first, ...args.slice(1)], new Work());
        if (outcome.state !== 'value') throw new Error(outcome.error.message);
        return known(outcome.value);
      }
    }
  }

  #isTrue(node: ServerNode): boolean {
    return toTruth(this.node(node)) === 'true';
  }
}

/** What is not there is null, as in conditions. */
function itemOf(target: Known, index: Known): Known {
  if (target.kind === 'array') {
    const at = Number(toText(index));
    return known(target.items[at] ?? NULL);
  }
  if (target.kind !== 'object') return NULL;
  return known(target.entries.get(textOf(index))?.value ?? NULL);
}

function itemsOf(value: Known, name: string): Known[] {
  if (value.kind !== 'array') throw new Error(`${name} takes a list, not ${value.kind}`);
  return value.items.map(known);
}

function textOf(value: Known): string {
  const converted = toText(value);
  if (converted === undefined) throw new Error(`${value.kind} is no text`);
  return converted;
}

function isNothing(value: Known): boolean {
  return value.kind === 'null' || (value.kind === 'string' && value.value === '');
}

function known(value: Value): Known {
  if (value.kind === 'unknown') throw new Error('a value of an answer is never unknown');
  return value;
}

/** JSON as values of the language; null is null here. */
function valueOf(data: unknown): Known {
  if (data === null || data === undefined) return NULL;
  if (typeof data === 'string') return text(data);
  if (typeof data === 'boolean') return boolean(data);
  if (Array.isArray(data)) return array(data.map(valueOf));
  if (typeof data === 'number') {
    const decimal = fromNumber(data);
    if (decimal === undefined) throw new Error(`${data} is no number of the language`);
    return number(decimal);
  }
  return object(Object.entries(data).map(([key, value]) => [key, valueOf(value)] as const));
}

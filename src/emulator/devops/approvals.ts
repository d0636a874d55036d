import { randomUUID } from 'node:crypto';
import { isObject, stringAt, type JsonObject } from '../json/json.ts';
import { readJson, type Exchange } from '../server/exchange.ts';
import { notImplemented } from '../server/errors.ts';
import { json, Refusal, type Reply } from '../server/reply.ts';
import type { Parameters } from '../server/router.ts';
import { refuse } from './refuse.ts';

/** An approval of an environment, with statuses as the interface of approvals has them (REST reference). */
export interface ApprovalState {
  readonly id: string;
  readonly approver: string;
  status: 'pending' | 'approved' | 'rejected' | 'timedOut';
  comment: string;
  readonly createdOn: string;
  lastModifiedOn: string;
}

/** Approvals, and who waits for them. */
export class Approvals {
  readonly #all: { readonly state: ApprovalState; readonly ended: (status: ApprovalState['status']) => void }[] = [];

  list(): readonly ApprovalState[] {
    return this.#all.map(({ state }) => state);
  }

  /** Asks for one. @returns it, and its end, which comes when somebody decides */
  ask(
    approver: string,
    now: Date,
  ): { readonly state: ApprovalState; readonly decided: Promise<ApprovalState['status']> } {
    const at = now.toISOString();
    const state: ApprovalState = {
      id: randomUUID(),
      approver,
      status: 'pending',
      comment: '',
      createdOn: at,
      lastModifiedOn: at,
    };
    const decided = new Promise<ApprovalState['status']>((resolve) => this.#all.push({ state, ended: resolve }));
    return { state, decided };
  }

  /** Ends one that is pending; one that has ended stays as it is. */
  end(id: string, status: Exclude<ApprovalState['status'], 'pending'>, comment: string, now: Date): void {
    const found = this.#all.find(({ state }) => state.id === id && state.status === 'pending');
    if (found === undefined) return;
    Object.assign(found.state, { status, comment, lastModifiedOn: now.toISOString() });
    found.ended(status);
  }
}

type Handle = (exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>;

/** By the REST reference (approvalsandchecks: Approvals - Query, Approvals - Update). */
export function approvalHandlers(
  collection: string,
  approvals: Approvals,
  now: () => Date,
): readonly (readonly [string, Handle])[] {
  const path = `${collection}/:project/_apis/pipelines/approvals`;
  return [
    [
      `GET ${path}`,
      ({ query }) => {
        const ids = (query.get('approvalIds') ?? '').split(',').filter((one) => one !== '');
        const state = query.get('state');
        const found = approvals
          .list()
          .filter(({ id }) => ids.length === 0 || ids.includes(id))
          .filter(({ status }) => state === null || status === state);
        return listed(found, query.get('$expand') === 'steps');
      },
    ],
    [
      `PATCH ${path}`,
      async (exchange) => {
        const body = await readJson(exchange);
        if (!Array.isArray(body)) throw refuse(400, 'ArgumentException', 'The body is a list of updates.');
        const changes = body.filter(isObject).map((one) => requireChange(approvals, one));
        for (const { state, status, comment } of changes) approvals.end(state.id, status, comment, now());
        return listed(
          changes.map(({ state }) => state),
          true,
        );
      },
    ],
  ];
}

/** @throws Refusal for what is no decision, and 501 for one that comes too late, which was never recorded */
function requireChange(approvals: Approvals, change: JsonObject) {
  const id = stringAt(change, 'approvalId') ?? '';
  const status = stringAt(change, 'status');
  const state = approvals.list().find((one) => one.id === id);
  if (state === undefined) throw refuse(404, 'ApprovalNotFoundException', `The approval ${id} was not found.`);
  if (status !== 'approved' && status !== 'rejected')
    throw refuse(400, 'ArgumentException', 'The status is approved or rejected.');
  if (state.status !== 'pending') throw new Refusal(notImplemented('an update of an approval that has ended'));
  return { state, status, comment: stringAt(change, 'comment') ?? '' } as const;
}

function listed(approvals: readonly ApprovalState[], withSteps: boolean): Reply {
  const value = approvals.map(({ id, approver, status, comment, createdOn, lastModifiedOn }) => {
    const assignedApprover = { displayName: approver };
    const step = { assignedApprover, status, comment, lastModifiedOn };
    return { id, status, createdOn, lastModifiedOn, minRequiredApprovers: 1, ...(withSteps && { steps: [step] }) };
  });
  return json(200, { count: value.length, value });
}

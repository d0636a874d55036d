/**
 * What a check says. `not-yet` is about the moment or about the look itself, and is never a pass: an evaluation goes on
 * until its time is over, and then fails with the reason.
 */
export interface Verdict {
  readonly kind: 'pass' | 'fail' | 'not-yet';
  /** One sentence or less for people, without secrets. */
  readonly reason: string;
}

/** One question, ready to be asked again and again. What it has seen stays with it. */
export interface Inquiry {
  /** What is asked, for people: `the health of payments`. */
  readonly subject: string;
  /** How long an evaluation waits between two looks, in milliseconds. */
  readonly pauseMs: number;
  /**
   * Looks once. `now`: somebody waits for the answer, so all is said that can be said in this moment; `over-time`: one of
   * many looks. Changes nothing. Rejects when the signal is aborted, and for what could not be read: both are `not-yet`.
   */
  ask(how: 'now' | 'over-time', signal: AbortSignal): Promise<Verdict>;
}

/** The question of a request: its body without what every request has. */
export type Question = Readonly<Record<string, unknown>>;

/** Why a question is not asked: what is wrong with it, as sentences, or that what it names may not be reached. */
export type NotAsked = { readonly problems: readonly string[] } | { readonly barred: string };

/** One kind of check. */
export interface Check {
  /** As the address names it. */
  readonly name: string;
  /** Asks nothing yet. */
  read(question: Question): Inquiry | NotAsked;
}

/** Pure: the same as one text. */
export function whyNot(not: NotAsked): string {
  return 'barred' in not ? not.barred : not.problems.join('; ');
}

/** The answer to who waits for it: `eq(root['status'], 'pass')` is the success criterion. */
export interface Answer {
  readonly status: 'pass' | 'fail' | 'pending';
  readonly check: string;
  readonly subject: string;
  readonly reason: string;
}

/**
 * Pure: the answer and its HTTP status. Whatever is no pass is no 2xx either: a check that was set up without a success
 * criterion passes by the status alone.
 */
export function answerOf(check: string, subject: string, { kind, reason }: Verdict): { code: number; body: Answer } {
  const status = kind === 'not-yet' ? 'pending' : kind;
  return { code: kind === 'pass' ? 200 : 412, body: { status, check, subject, reason } };
}

/** How a thread stands, in the words of Azure Repos. The last three are what a person says when it is not to be mended. */
export type ThreadState = 'active' | 'pending' | 'fixed' | 'wontFix' | 'closed' | 'byDesign';

/** What a thread of ours carries beside its text: which check wrote it, about which finding of which rule. */
export interface ThreadMark {
  /** Names the pipeline and the two files: checks that share a pull request leave each other's threads alone. */
  readonly check: string;
  /** The finding's fingerprint, the same as in baselines and SARIF. */
  readonly finding: string;
  readonly rule: string;
}

/** A thread of the pull request. One without a mark is a person's, or another tool's. */
export interface Thread {
  readonly id: number;
  readonly mark: ThreadMark | undefined;
  readonly state: ThreadState;
  /** What we have written: the first comment. Undefined when somebody has deleted it. */
  readonly text: string | undefined;
}

/** A file of the repository, by its path from the root with a slash before it. Line and column start at 1. */
export interface ThreadPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface NewThread {
  readonly mark: ThreadMark;
  /** Undefined for what lies in no file of this repository: the thread is then about the pull request as a whole. */
  readonly place: ThreadPlace | undefined;
  /** Markdown; what comes from outside in it is neutralised already. */
  readonly text: string;
}

export interface PullRequestStatus {
  /** Names the status among those of genre `safe-rollout`: a branch policy may ask for it by this name. */
  readonly name: string;
  readonly passed: boolean;
  /** One line of plain text. */
  readonly description: string;
}

export interface SeenPullRequest {
  /** Without deleted ones. */
  readonly threads: readonly Thread[];
  /** Somebody has pushed since: what this run has checked is not what the pull request holds now. */
  readonly movedOn: boolean;
}

/** The pull request that a run is for. All methods throw `PullRequestRefusal` and nothing else. */
export interface PullRequest {
  /** Reads it as it is now. */
  look(): Promise<SeenPullRequest>;
  /** Begins a thread, once: when the answer is lost, it is looked for before it is written again. */
  create(thread: NewThread): Promise<void>;
  /** Writes the first comment anew. @returns false when another identity wrote it, which alone may change it */
  edit(id: number, text: string): Promise<boolean>;
  /** Resolves a thread, or opens it again. Idempotent. */
  set(id: number, state: 'active' | 'fixed'): Promise<void>;
  /** Posts a status; of several with one name the last one counts. */
  judge(status: PullRequestStatus): Promise<void>;
}

/** What Azure Repos would not do, and what it said about it. */
export interface Refusal {
  /** `forbidden`: the job's identity lacks a right. `unseen`: no such pull request, for this identity. */
  readonly kind: 'forbidden' | 'unseen' | 'failed';
  /** Of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** Its own words, bounded. */
  readonly said: string;
}

export class PullRequestRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause: unknown) {
    super(refusal.said, { cause });
    this.name = 'PullRequestRefusal';
    this.refusal = refusal;
  }
}

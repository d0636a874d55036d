/** An alert of Azure Monitor whose condition holds and that nobody has closed. */
export interface OpenAlert {
  readonly rule: string;
  /** `Sev0` is the worst, `Sev4` the least. */
  readonly severity: string;
  /** Id of the resource that it is about, in lower case. */
  readonly resource: string;
  /** When it fired (ISO), where that is told. */
  readonly since: string | null;
}

/** Where open alerts are read. Safe to repeat. */
export interface AlertSource {
  /** All of a resource group. @throws Error when they cannot be read, or not to their end */
  open(subscription: string, resourceGroup: string, signal: AbortSignal): Promise<readonly OpenAlert[]>;
}

/** A quality gate as SonarQube tells it. */
export interface QualityGate {
  /** `OK`, `ERROR`, `NONE`, or what else the server says. */
  readonly status: string;
  /** Conditions that do not hold, in words. */
  readonly failed: readonly string[];
}

/** Where quality gates are read. Safe to repeat. */
export interface QualitySource {
  /** @throws Error when it cannot be read */
  gate(of: QualityQuestion, signal: AbortSignal): Promise<QualityGate>;
}

/** Which gate: of one analysis, or of a project's newest, on a branch where one is named. */
export interface QualityQuestion {
  readonly project?: string;
  readonly branch?: string;
  readonly analysis?: string;
}

/** Files of a repository as they were at a commit. */
export interface CommitFiles {
  /** @returns undefined when the commit has no such file. @throws Error when the commit is not there, or cannot be read */
  read(repository: string, commit: string, path: string, signal: AbortSignal): Promise<string | undefined>;
}

/** One reason not to begin, with its cure. */
export interface Refusal {
  /** People and programs look for it by this name. */
  readonly rule:
    | 'same-slot'
    | 'slot-stopped'
    | 'operation-in-progress'
    | 'preview-pending'
    | 'auto-swap'
    | 'no-slots'
    | 'same-content'
    | 'content-changed'
    | 'stale-routing'
    | 'gate'
    | 'precondition'
    | 'background-work'
    | 'platform'
    | 'rollback-target'
    | 'target-unseen'
    | 'not-ours'
    | 'locked'
    | 'rollback-begun'
    | 'no-preview'
    | 'single-revision'
    | 'no-ingress'
    | 'app-stopped'
    | 'revision-failed';
  readonly message: string;
}

/** An alert that has fired. Ids of resources are kept in lower case, as the service answers them (recorded). */
export interface Alert {
  readonly id: string;
  readonly targetResource: string;
  /** Id of the rule. */
  readonly alertRule: string;
  readonly severity: 'Sev0' | 'Sev1' | 'Sev2' | 'Sev3' | 'Sev4';
  /** What a person says of it; it stays New when the condition resolves (recorded). */
  readonly alertState: 'New' | 'Acknowledged' | 'Closed';
  readonly firedAt: Date;
  readonly resolvedAt: Date | null;
}

export interface AlertSpec {
  /** Resource id, in any letter case. */
  readonly targetResource: string;
  /** Name of the rule; `too-slow` unless said otherwise. */
  readonly rule?: string;
  readonly severity?: Alert['severity'];
  readonly alertState?: Alert['alertState'];
  readonly firedAt: Date;
  readonly resolvedAt?: Date;
}

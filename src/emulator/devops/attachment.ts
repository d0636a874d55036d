/** One attachment of a timeline record. */
export interface Attachment {
  readonly project: string;
  readonly hub: string;
  readonly planId: string;
  readonly timelineId: string;
  readonly recordId: string;
  readonly type: string;
  readonly name: string;
  readonly createdAt: string;
  readonly content: string;
}

/** A container app to begin with, with one revision that has all of the traffic. */
export interface ContainerAppSpec {
  readonly name: string;
  readonly resourceGroup: string;
  /** `name:tag` of a registered image. */
  readonly image: string;
  /** Name of its container; that of the app unless said otherwise. */
  readonly container?: string;
  /** Of the first revision; made up when left out. */
  readonly suffix?: string;
  /** `Multiple` unless said otherwise, which is what traffic can be split in. */
  readonly mode?: 'Single' | 'Multiple';
  /** Variables of its container. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Clients stay with the revision that answered them first. */
  readonly sticky?: boolean;
}

import { cp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { inspectPackage, unpack } from './package.ts';

/** What a container image is here: a package under a name, which a revision runs as a Node process. */
export interface Image {
  /** `registry/name:tag`, with a digest too or in its place, as container templates name it. */
  readonly reference: string;
  readonly folder: string;
  /** The file to run, inside `folder`. */
  readonly entry: string;
  /** `version` in its package.json. */
  readonly release: string | null;
}

/** A folder or zip file on this machine, the bytes of a zip file, or files by name. */
export type ImageSource = string | Buffer | Readonly<Record<string, string>>;

/**
 * The registry that revisions pull from. What is registered is copied, so that a folder which changes afterwards changes
 * no revision, as a pushed image does not change.
 */
export class Images {
  readonly #folder: string;
  readonly #byReference = new Map<string, Image>();
  #next = 1;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Registers an image; one of the same name gives way, but not under revisions that run already.
   * @throws Error that says why it cannot be one
   */
  async add(reference: string, source: ImageSource, signal: AbortSignal): Promise<Image> {
    if (!/^[^\s:@]+(:\d+\/[^\s:@]+)?(?=[:@])(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(reference))
      throw new Error(`An image is named as in contoso/payments:1.0, not '${reference}'.`);
    const folder = join(this.#folder, `image-${this.#next++}`);
    await mkdir(folder);
    try {
      await this.#copy(source, folder, signal);
      const { entry, release } = await inspectPackage(folder);
      if (entry === undefined) throw new Error(`Nothing to start was found in the image ${reference}.`);
      const image = { reference, folder, entry, release };
      this.#byReference.set(reference, image);
      return image;
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      throw cause;
    }
  }

  find(reference: string): Image | undefined {
    return this.#byReference.get(withTag(reference));
  }

  list(): Image[] {
    return [...this.#byReference.values()];
  }

  async #copy(source: ImageSource, folder: string, signal: AbortSignal): Promise<void> {
    if (typeof source === 'string') {
      if ((await stat(source)).isDirectory()) await cp(source, folder, { recursive: true });
      else await unpack(source, folder, signal);
    } else if (Buffer.isBuffer(source)) {
      const file = `${folder}.zip`;
      await writeFile(file, source);
      try {
        await unpack(file, folder, signal);
      } finally {
        await rm(file, { force: true });
      }
    } else {
      for (const [name, content] of Object.entries(source)) await writeWithin(folder, name, content);
    }
  }
}

async function writeWithin(folder: string, name: string, content: string): Promise<void> {
  const path = resolve(folder, name);
  if (!path.startsWith(folder + sep)) throw new Error(`The file '${name}' would lie outside of the image.`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** A name without a tag means `latest`. */
function withTag(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1).includes(':') ? reference : `${reference}:latest`;
}

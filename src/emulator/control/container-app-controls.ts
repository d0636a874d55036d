import { resolve } from 'node:path';
import type { ImageSource } from '../apps/images.ts';
import type { ContainerAppSpec } from '../state/container-app-spec.ts';
import { addContainerApp } from '../arm/app/create.ts';
import { containerAppSnapshot } from '../arm/app/snapshot.ts';
import { readJson } from '../server/exchange.ts';
import { isObject, objectAt, stringAt, stringMap } from '../json/json.ts';
import { json } from '../server/reply.ts';
import type { World } from '../world/world.ts';
import { badRequest, orBadRequest, type Control } from './control.ts';

/** An app of one line. */
const SERVER =
  "require('node:http').createServer((_, response) => response.end(process.env.GREETING)).listen(process.env.PORT);";

export function containerAppControls(world: World): Control[] {
  return [
    {
      operation: 'GET /_emulator/images',
      does: 'Images that container apps can pull.',
      handle: () =>
        json(200, { images: world.images.list().map(({ reference, release }) => ({ image: reference, release })) }),
    },
    {
      operation: 'POST /_emulator/images',
      does: 'Registers an image: a copy of the folder or zip file at "path" on this machine, or "files" by name.',
      example: { image: 'contoso/orders:1.0', files: { 'package.json': '{"version":"1.0.0"}', 'server.js': SERVER } },
      handle: async (exchange) => {
        const { image, source } = readImage(await readJson(exchange));
        return orBadRequest(async () => {
          const { reference, release } = await world.images.add(image, source, world.closing.signal);
          return json(201, { image: reference, release });
        });
      },
    },
    {
      operation: 'POST /_emulator/container-apps',
      does: 'Adds a container app, and answers when its first revision is ready or has failed. Also: mode, sticky.',
      example: {
        name: 'orders',
        resourceGroup: 'rg-emulator',
        image: 'contoso/orders:1.0',
        suffix: 'v1',
        environment: { GREETING: 'hello' },
      },
      handle: async (exchange) => {
        const spec = readSpec(await readJson(exchange));
        return orBadRequest(async () => json(201, containerAppSnapshot(await addContainerApp(world, spec))));
      },
    },
  ];
}

function readImage(value: unknown): { image: string; source: ImageSource } {
  const [image, path, files] = [stringAt(value, 'image'), stringAt(value, 'path'), objectAt(value, 'files')];
  if (image === undefined || (path === undefined && Object.keys(files).length === 0))
    throw badRequest(new Error('An image is {image, path} or {image, files}.'));
  return { image, source: path === undefined ? stringMap(files) : resolve(path) };
}

function readSpec(value: unknown): ContainerAppSpec {
  const complete = ['name', 'resourceGroup', 'image'].every((key) => stringAt(value, key) !== undefined);
  if (!isObject(value) || !complete)
    throw badRequest(
      new Error('A container app is {name, resourceGroup, image, suffix?, mode?, environment?, sticky?}.'),
    );
  return value as unknown as ContainerAppSpec;
}

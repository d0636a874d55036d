import { listenAsSlot } from '../../front-end/front-end.ts';
import type { World } from '../../world/world.ts';
import { Content } from '../../state/content.ts';
import type { SiteSpec } from '../../state/site-spec.ts';
import { newContentId, newSite, newSlot, PRODUCTION, type Site, type Slot } from '../../state/site.ts';

export async function addSite(world: World, spec: SiteSpec): Promise<Site> {
  if (world.site(spec.name) !== undefined) throw new Error(`There is already a site named ${spec.name}.`);
  const site = newSite({
    name: spec.name,
    resourceGroup: spec.resourceGroup,
    linux: spec.linux ?? false,
    functions: spec.functions,
    webJobs: spec.webJobs ?? {},
    hidesOperations: spec.hidesOperations ?? false,
    hostName: world.settings.hostName,
    stickySettings: [...(spec.stickySettings ?? [])],
  });
  for (const name of [PRODUCTION, ...(spec.slots ?? ['staging'])]) {
    const slot = await addSlot(world, site, name);
    slot.appSettings = { ...spec.appSettings?.[name] };
    slot.running = spec.stopped?.includes(name) !== true;
    slot.scmBasicAuth = spec.scmBasicAuth === true;
    slot.signIn = spec.signIn?.includes(name) === true;
    const autoSwapSlotName = spec.autoSwap?.[name];
    if (autoSwapSlotName !== undefined) slot.config = { autoSwapSlotName };
  }
  world.sites.set(spec.name.toLowerCase(), site);
  return site;
}

export async function addSlot(world: World, site: Site, name: string): Promise<Slot> {
  const content = new Content(newContentId(site.name, name), {
    launch: world.settings.launch,
    lifelineFile: world.lifelineFile,
    startupMs: world.settings.startupMs,
    log: world.settings.log,
    processes: world.processes,
    closing: world.closing.signal,
  });
  const listener = await listenAsSlot(world, site, name.toLowerCase());
  world.listeners.set(listener.port, listener);
  const slot = newSlot(site, name.toLowerCase(), listener.port, content, world.now());
  site.slots.set(slot.name, slot);
  return slot;
}

export async function removeSlot(world: World, slot: Slot): Promise<void> {
  slot.site.slots.delete(slot.name);
  await world.listeners.get(slot.port)?.close();
  world.listeners.delete(slot.port);
  await slot.content.stop();
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at `key`, or an empty one: bodies of the wire are read leniently, as the service reads them. */
export function objectAt(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

export function stringAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

export function stringsAt(value: unknown, key: string): string[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : [];
}

/** App settings arrive as strings; a number or a boolean is kept as its text, null removes the setting. */
export function stringMap(value: JsonObject): Record<string, string> {
  const entries = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [key, typeof one === 'string' ? one : JSON.stringify(one)]));
}

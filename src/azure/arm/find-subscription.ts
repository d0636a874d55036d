import { RolloutError } from '../../rollout/errors.ts';
import { property, textOf } from './arm-answer.ts';
import { ArmClient, type ArmAccess } from './arm-client.ts';

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** The list of subscriptions is of the resource manager itself, which has versions of its own (as az asks for it). */
const LIST = '/subscriptions?api-version=2022-12-01';
const MOST_PAGES = 50;
const MOST_NAMED = 20;

/**
 * The id of a subscription that may be given by its name, as `az` takes it: without regard to case, among those that
 * the identity can see. An id is taken as it is, without a request.
 * @param setting what gave it, for messages
 * @throws RolloutError `bad-input` when no subscription or more than one has the name, with those that there are
 */
export async function findSubscription(
  given: string,
  setting: string,
  { credential, endpoints, clock, times }: ArmAccess,
  signal?: AbortSignal,
): Promise<string> {
  if (ID.test(given)) return given;
  const arm = new ArmClient(credential, '', endpoints, clock, times === undefined ? {} : { times });
  const seen: { readonly id: string; readonly name: string }[] = [];
  let page: string | undefined = `${endpoints.arm}${LIST}`;
  for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages += 1) {
    const list: unknown = await arm.read(page, 'the subscriptions that this identity can see', signal);
    const value = property(list, 'value');
    for (const one of Array.isArray(value) ? (value as unknown[]) : [])
      seen.push({ id: textOf(one, 'subscriptionId') ?? '', name: textOf(one, 'displayName') ?? '' });
    const next = textOf(list, 'nextLink');
    page = next !== null && arm.isOwnAddress(next) ? next : undefined;
  }
  const found = seen.filter(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (found.length === 1) return found[0]!.id;
  const named = (list: typeof seen): string =>
    list
      .slice(0, MOST_NAMED)
      .map(({ id, name }) => `${name} (${id})`)
      .join(', ');
  const problem =
    found.length > 1
      ? `${setting}: '${given}' is the name of ${found.length} subscriptions: ${named(found)}. Give the id of one.`
      : `${setting}: '${given}' is no subscription that this identity can see. It sees ${seen.length === 0 ? 'none: give it a role in one, or check the tenant' : named(seen)}.`;
  throw new RolloutError({ code: 'bad-input', problems: [problem] });
}

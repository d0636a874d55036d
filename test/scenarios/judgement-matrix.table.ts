/**
 * The second fault matrix: not what becomes of a request, but which release is judged, how sick it is, whether it is
 * still there, and whether it can be seen at all. In every cell something is as the row says, at the moment that the
 * column is about.
 */

/** What is done, and in which direction a release is moving when it goes wrong. */
export type Column = 'swap forward' | 'swap back' | 'deploy forward' | 'deploy back' | 'rollback back';

export type Row =
  | 'production named as source'
  | 'foreign swap during the bake'
  | 'share of bad answers'
  | 'target not reachable'
  | 'hiccup after the swap'
  | 'foreign preview'
  | 'stopped source';

/** How it ends, what production holds then, and words that must be told. */
export interface Expected {
  readonly outcome: string;
  readonly holds: 'old' | 'new';
  readonly says: RegExp;
}

const end = (outcome: string, holds: Expected['holds'], says: RegExp): Expected => ({ outcome, holds, says });

/** A text is the reason why there is no such cell. */
export const JUDGEMENTS: Readonly<Record<Row, Readonly<Record<Column, Expected | string>>>> = {
  'production named as source': {
    'swap forward': end('promoted', 'new', /'production' is healthy/),
    'swap back': end('restored', 'old', /'production' holds the release from before again/),
    'deploy forward': 'the graph file refuses production as the slot that a release waits in',
    'deploy back': 'the graph file refuses production as the slot that a release waits in',
    'rollback back': end('rolled-back', 'old', /'production' holds the release from before again/),
  },
  'foreign swap during the bake': {
    'swap forward': end('superseded', 'old', /somebody else swapped 'staging' and 'production' again at \S+ by Azure/),
    'swap back': end('unknown', 'new', /swapped back, and then somebody else swapped/),
    'deploy forward': end('person', 'old', /superseded: .*somebody else swapped/),
    'deploy back': end('person', 'new', /swapped back, and then somebody else swapped/),
    'rollback back': end('person', 'new', /swapped back, and then somebody else swapped/),
  },
  'share of bad answers': {
    'swap forward': end('restored', 'old', /\d of \d+ answers bad \(\d+%, limit 10%\): .*status 500/),
    'swap back': end('restored-not-yet-healthy', 'old', /restored, not yet healthy: .*answers bad/),
    'deploy forward': end('rolled-back', 'old', /\d of \d+ answers bad \(\d+%, limit 10%\): .*status 500/),
    'deploy back': end('person', 'old', /restored, not yet healthy: .*answers bad/),
    'rollback back': end('person', 'old', /restored, not yet healthy: .*answers bad/),
  },
  'target not reachable': {
    'swap forward': end('refused', 'old', /'production' cannot be judged from here: .* status 403/),
    'swap back': end('restored-not-yet-healthy', 'old', /restored, not yet healthy: .*status 403/),
    'deploy forward': end('failed', 'old', /'production' cannot be judged from here: .* status 403/),
    'deploy back': end('person', 'old', /restored, not yet healthy: .*status 403/),
    'rollback back': end('person', 'old', /restored, not yet healthy: .*status 403/),
  },
  'hiccup after the swap': {
    'swap forward': end('promoted', 'new', /\d of the platform's own not counted/),
    'swap back': end('restored', 'old', /\d of the platform's own not counted/),
    'deploy forward': end('deployed', 'new', /\d of the platform's own not counted/),
    'deploy back': end('rolled-back', 'old', /\d of the platform's own not counted/),
    'rollback back': end('rolled-back', 'old', /\d of the platform's own not counted/),
  },
  'foreign preview': {
    'swap forward': end('refused', 'old', /preview between 'production' and 'beta' is pending.*--source-slot beta/),
    'swap back': end('unhealthy', 'new', /preview between 'production' and 'beta' is pending.*--source-slot beta/),
    'deploy forward': end('failed', 'old', /preview between 'production' and 'beta' is pending.*--source-slot beta/),
    'deploy back': end('person', 'new', /preview between 'production' and 'beta' is pending.*--source-slot beta/),
    'rollback back': end('person', 'new', /preview between 'production' and 'beta' is pending.*--source-slot beta/),
  },
  'stopped source': {
    'swap forward': end('refused', 'old', /Slot 'staging' is stopped.*az webapp start/),
    'swap back': end('unhealthy', 'new', /slot 'staging' is stopped.*then roll back again: az webapp start/),
    'deploy forward': end('failed', 'old', /Slot 'staging' is stopped.*az webapp start/),
    'deploy back': end('person', 'new', /slot 'staging' is stopped.*then roll back again: az webapp start/),
    'rollback back': end('person', 'new', /slot 'staging' is stopped.*then roll back again: az webapp start/),
  },
};

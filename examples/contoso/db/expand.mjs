// The expand phase of the payments database: it only adds, so the release before and the release after can both run
// on what it leaves. It may run as often as a pipeline is run again.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NEWEST_SCHEMA = 2;
const file = process.env.CONTOSO_DB_FILE ?? join(process.cwd(), '.safe-rollout', 'contoso-db.json');

try {
  const database = read(file);
  const done = expand(database);
  if (done.length > 0) write(file, database);
  console.log(done.length === 0 ? `${file}: nothing to do` : done.map((step) => `${file}: ${step}`).join('\n'));
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exitCode = 1;
}

/** Adds what schema 2 needs and schema 1 can ignore. Returns what was done, in words. */
function expand(database) {
  const done = [];
  if (database.ledgerEntries === undefined) {
    database.ledgerEntries = [];
    done.push('added the table ledgerEntries');
  }
  // Rows that the old release has written since the last run lack the column too.
  const rows = database.payments.filter((row) => row.amountMinor === undefined);
  for (const row of rows) row.amountMinor = Math.round(row.amount * 100);
  if (rows.length > 0) done.push(`filled the column amountMinor of ${rows.length} payments`);
  if (database.schema !== NEWEST_SCHEMA) {
    database.schema = NEWEST_SCHEMA;
    done.push(`is now at schema ${NEWEST_SCHEMA}`);
  }
  return done;
}

function read(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return { schema: 0, payments: [] };
    throw error;
  }
  const database = parse(text);
  if (!Number.isInteger(database?.schema) || !Array.isArray(database.payments)) {
    throw new Error('this is not a payments database: "schema" or "payments" is missing. Restore it from a backup.');
  }
  if (database.schema > NEWEST_SCHEMA) {
    throw new Error(
      `schema ${database.schema} is newer than this script knows (${NEWEST_SCHEMA}). Nothing was changed.`,
    );
  }
  const bad = database.payments.findIndex((row) => typeof row?.amount !== 'number');
  if (bad !== -1) throw new Error(`payment ${bad + 1} has no amount. Nothing was changed.`);
  return database;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the file is not JSON (${error.message}). Restore it from a backup.`, { cause: error });
  }
}

/** By way of a second file, so that nobody ever reads half a database. */
function write(path, database) {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, `${JSON.stringify(database, null, 2)}\n`);
  renameSync(next, path);
}

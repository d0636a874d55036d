import { lintExtension } from './extension.ts';
import { filesOfRepository } from './packed-files.ts';
import { printFindings } from './print.ts';

/** Part of `npm test`: the manifests of the repository as they would be packed. */
const found = lintExtension(filesOfRepository(process.cwd()));
console.error(found.length === 0 ? 'the manifests hold' : printFindings(found));
process.exitCode = found.length === 0 ? 0 : 1;

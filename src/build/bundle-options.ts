import type { BuildOptions } from 'esbuild';

/**
 * What all bundles have in common: each is a file that runs with no node_modules beside it. CommonJS, because it reaches the
 * first request sooner than modules do; minified with a line limit, so that a stack trace stays readable.
 */
export const BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  lineLimit: 200,
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
} as const satisfies BuildOptions;

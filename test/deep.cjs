// Required by .mocharc.deep.json, also in each of the processes that run tests at the same time: see depth.ts.
process.env.SAFE_ROLLOUT_TESTS = 'deep';

// Loaded into Azurite before anything else: its time is this machine's, and as far ahead as the parent says. The shortest
// lease of the service is 15 seconds, and an hour of skew is an hour.
const Real = Date;
let aheadMs = 0;
globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + aheadMs);
    else super(...given);
  }
  static now() {
    return Real.now() + aheadMs;
  }
};
process.on('message', (message) => {
  if (typeof message?.aheadMs !== 'number') return;
  aheadMs = message.aheadMs;
  process.send(message);
});

// Whoever started this process may be killed: then the channel closes, and nothing is left to serve.
process.on('disconnect', () => process.exit());

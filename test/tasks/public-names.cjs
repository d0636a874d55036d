// Required by tasks that reach Azure without a proxy: its names lead to a server of the test, as a hosts file would lead them.
const { Socket } = require('node:net');

const places = JSON.parse(process.env.TEST_PLACES);
const { connect } = Socket.prototype;

Socket.prototype.connect = function (...args) {
  // Node hands over its own form of the arguments, a list whose first member are the options.
  const list = Array.isArray(args[0]) ? args[0] : args;
  const port = places[`${list[0]?.host}:${list[0]?.port}`];
  if (port !== undefined) list[0] = { ...list[0], host: '127.0.0.1', port };
  return connect.apply(this, args);
};

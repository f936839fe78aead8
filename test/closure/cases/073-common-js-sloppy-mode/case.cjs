const self = function () {
  return this === globalThis;
};
const strict = function () {
  "use strict";
  return this;
};
const method = {
  sloppy() {
    return typeof this;
  },
}.sloppy;

module.exports = {
  run: () => {
    const with_ = new Function("o", "with (o) return a");
    return [self(), strict(), method.call(1), with_({ a: 1 })];
  },
  expected: [true, undefined, "object", 1],
};

const plain = function () {
  return this === globalThis;
};
const wrapped = (function () {
  "use strict";
  return { self: () => own.call(undefined), arrow: (x) => own.call(x) };
  function own() {
    return this;
  }
})();
class Box {
  static kept() {
    return this;
  }
}
const { kept } = Box;

module.exports = {
  run: () => [plain(), wrapped.self(), wrapped.arrow(1), kept()],
  expected: [true, undefined, 1, undefined],
};

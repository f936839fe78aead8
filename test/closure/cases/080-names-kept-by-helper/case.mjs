const __defProp = Object.defineProperty;
const __name = (target, value) => __defProp(target, "name", { value, configurable: true });
const outer = __name(() => 1, "kept");

export default {
  run: () => {
    const inner = /* @__PURE__ */ __name(() => 2, "also kept");
    return [outer.name, inner.name, outer() + inner()];
  },
  expected: ["kept", "also kept", 3],
};

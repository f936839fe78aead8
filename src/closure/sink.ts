/**
 * Stands for the counters of coverage tools in shipped functions: whatever is read of it is a sink
 * again, and writing has no effect.
 */
export function sink(): unknown {
  return () => counters;
}

const counters: object = new Proxy(() => {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : counters),
  set: () => true,
  apply: () => counters,
});

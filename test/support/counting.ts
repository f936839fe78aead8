/** How often something was read or written. */
export interface Counter {
  count: number;
}

/** The same array, each access to which is counted. */
export function counting<A extends Int32Array | Uint8Array>(array: A, counter: Counter): A {
  return new Proxy(array, {
    get(target, key) {
      counter.count++;
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
    set(target, key, value) {
      counter.count++;
      return Reflect.set(target, key, value);
    },
  });
}

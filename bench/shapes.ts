/** A graph without functions: the dependencies of `n` are `dependencies[start[n] .. start[n + 1]]`, all smaller than `n`. */
export interface Shape {
  readonly name: string;
  readonly size: number;
  readonly start: Int32Array;
  readonly dependencies: Int32Array;
}

/** Collects the dependencies of one node after another; the last node is the output. */
class ShapeBuilder {
  readonly #start = [0];
  readonly #dependencies: number[] = [];

  /** @returns the new node's number */
  add(...dependencies: readonly number[]): number {
    return this.addReduction(dependencies);
  }

  addReduction(dependencies: readonly number[]): number {
    for (const dependency of dependencies) this.#dependencies.push(dependency);
    return this.#start.push(this.#dependencies.length) - 2;
  }

  finish(name: string): Shape {
    return {
      name,
      size: this.#start.length - 1,
      start: Int32Array.from(this.#start),
      dependencies: Int32Array.from(this.#dependencies),
    };
  }
}

/** Each node depends on the one before. */
function chain(size: number): Shape {
  const builder = new ShapeBuilder();
  let last = builder.add();
  while (last < size - 1) last = builder.add(last);
  return builder.finish("chain");
}

/** One root, `size - 2` dependents of it, one reduction of those. */
function fan(size: number): Shape {
  const builder = new ShapeBuilder();
  const root = builder.add();
  builder.addReduction(Array.from({ length: size - 2 }, () => builder.add(root)));
  return builder.finish("fan");
}

/** Half of the nodes are leaves; pairs are added until one is left. */
function tree(size: number): Shape {
  const builder = new ShapeBuilder();
  let level = Array.from({ length: Math.ceil(size / 2) }, () => builder.add());
  while (level.length > 1) {
    const above: number[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(builder.add(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) above.push(level.at(-1)!);
    level = above;
  }
  return builder.finish("tree");
}

/**
 * About √size layers of as many nodes, each of which depends on 3 random nodes of the layer before,
 * and one reduction of everything that nothing else depends on, so that all of it is needed.
 */
function layered(size: number): Shape {
  const random = mulberry32(1);
  const builder = new ShapeBuilder();
  const width = Math.max(3, Math.floor(Math.sqrt(size)));
  const layers = Math.max(1, Math.floor((size - 1) / width));
  const used = new Uint8Array(width * layers);
  const pick = (layer: number): number => {
    const picked = layer * width + Math.floor(random() * width);
    used[picked] = 1;
    return picked;
  };
  for (let i = 0; i < width; i++) builder.add();
  for (let layer = 0; layer < layers - 1; layer++) {
    for (let i = 0; i < width; i++) builder.add(pick(layer), pick(layer), pick(layer));
  }
  builder.addReduction([...used.keys()].filter((n) => used[n] === 0));
  return builder.finish("layered");
}

/** A small generator of random numbers from 0 to 1, the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All shapes, by the name that `--shapes` takes; the size they get is approximately met. */
export const SHAPES: Readonly<Record<string, (size: number) => Shape>> = { chain, fan, tree, layered };

let format;
let last;

function prepare() {
  format ??= function (...values) {
    return [this === undefined, ...values];
  };
  last = { format };
}

// biome-ignore format: without semicolons, a call could be taken for one of the line before.
function use(x) {
  prepare()
  const before = x
  format(1)
  const made = { format }
  return [before, format(2), format?.(3), made.format === format, last.format === format]
}

export default {
  run: (x) => use(x),
  args: [5],
  expected: [5, [true, 2], [true, 3], true, true],
};

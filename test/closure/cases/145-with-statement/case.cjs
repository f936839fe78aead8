const run = new Function("o", "with (o) { return [a, typeof Map]; }");

module.exports = { run, args: [{ a: 1 }], expected: [1, "function"] };

const { EOL } = require("node:os");
const util = require("util");

function make() {
  const path = require("node:path");
  const common = require("../modules/common.cjs");
  return (file) => [path.extname(file), util.isDeepStrictEqual([1], [1]), EOL, common.triple(2)];
}

module.exports = { run: make(), args: ["/a/b.js"], expected: [".js", true, "\n", 6] };

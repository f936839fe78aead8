const path = require("node:path");

function triple(x) {
  return 3 * x;
}

exports.triple = triple;
exports.nested = { named: (file) => path.basename(file, ".js") };

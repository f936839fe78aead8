const common = require("../modules/common.cjs");

module.exports = { run: common.nested.named, args: ["/a/b.js"], expected: "b" };

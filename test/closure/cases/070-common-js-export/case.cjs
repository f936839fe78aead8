const { triple } = require("../modules/common.cjs");

module.exports = { run: triple, args: [3], expected: 9 };

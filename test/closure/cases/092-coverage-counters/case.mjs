function cov_1a2b3c() {
  const path = "/somewhere/case.js";
  const hash = "0123";
  const global = new Function("return this")();
  const gcv = "__coverage__";
  const coverageData = {
    path,
    statementMap: {},
    fnMap: {},
    branchMap: {},
    s: { 0: 0 },
    f: { 0: 0 },
    b: { 0: [0] },
    hash,
  };
  const coverage = global[gcv] || (global[gcv] = {});
  if (!coverage[path] || coverage[path].hash !== hash) coverage[path] = coverageData;
  const actualCoverage = coverage[path];
  {
    cov_1a2b3c = function () {
      return actualCoverage;
    };
  }
  return actualCoverage;
}
cov_1a2b3c();

export default {
  run: (x) => {
    cov_1a2b3c().f[0]++;
    cov_1a2b3c().s[0]++;
    return x > 1 ? (cov_1a2b3c().b[0][0]++, x + 1) : x;
  },
  args: [2],
  expected: 3,
};

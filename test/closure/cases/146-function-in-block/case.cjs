function run(flag) {
  if (flag) {
    function inner() {
      return "hoisted";
    }
  }
  return inner();
}

module.exports = { run, args: [true], expected: "hoisted" };

import type { Case } from "../../case.ts";

const letters = ["a", "b"];
const many = async function* (): AsyncGenerator<string> {
  for (const letter of letters) yield await Promise.resolve(letter);
};

export default {
  run: async () => {
    let all = "";
    for await (const one of many()) all += one;
    return [all, Object.prototype.toString.call(many)];
  },
  expected: ["ab", "[object AsyncGeneratorFunction]"],
} satisfies Case;

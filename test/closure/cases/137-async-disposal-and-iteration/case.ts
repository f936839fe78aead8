import type { Case } from "../../case.ts";

const order: string[] = [];
async function* source(): AsyncGenerator<number> {
  try {
    yield* [1, 2, 3];
  } finally {
    order.push("closed");
  }
}

export default {
  run: async () => {
    for await (const one of source()) {
      order.push(String(one));
      if (one === 2) break;
    }
    return order;
  },
  expected: ["1", "2", "closed"],
} satisfies Case;

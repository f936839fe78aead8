import type { Case } from "../../case.ts";

const proxy = new Proxy({ a: 1 }, {});

export default { run: () => proxy.a, refused: ["`proxy`", "Proxy"] } satisfies Case;

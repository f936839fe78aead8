import type { Case } from "../../case.ts";

interface Tick {
  (): number;
  step: number;
  self?: Tick;
}
const tick: Tick = Object.assign((): number => tick.step + (tick.self === tick ? 100 : 0), { step: 4 });
tick.self = tick;

export default { run: tick, expected: 104 } satisfies Case;

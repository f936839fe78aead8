import { expect, test } from "vitest";
import { measurePlacement, type PlacementFigure, total } from "../../support/placement.ts";
import { Random } from "../../support/random.ts";

const GRAPHS = 200;

/*
 * What is compared is said in support/placement.ts. The best schedule may be as fast as the
 * scheduler's: one that saves bytes by taking longer is not better. Against those, too, it is hardly
 * more than 10 %, and a bound on that shows if it gets worse.
 */
const ENOUGH = 1.1;
const ENOUGH_AGAINST_SLOWER = 1.15;

test("moves at most 10 % more bytes than the best of all schedules as fast, which knows the future", () => {
  const seed =
    process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(process.env.SEED);
  const figures = measurePlacement(new Random(seed), GRAPHS);
  const all = total(figures);
  const show = ({ what, moved, asFast, fewest, worst }: PlacementFigure): string =>
    `${what}: × ${(moved / asFast).toFixed(3)} as fast, × ${(moved / fewest).toFixed(3)} in any time, ${worst} bytes more at most`;
  console.log([`placement, seed ${seed}`, ...[...figures, all].map(show)].join("\n"));
  expect(all.moved / all.asFast, `seed ${seed}`).toBeLessThanOrEqual(ENOUGH);
  expect(all.moved / all.fewest, `seed ${seed}`).toBeLessThanOrEqual(ENOUGH_AGAINST_SLOWER);
}, 120_000);

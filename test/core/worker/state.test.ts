import { describe, expect, test } from "vitest";
import { input, order, SELF, TestWorker } from "../../support/worker.ts";

describe("an order", () => {
  test("begins when there is room for it, in the order of arrival", () => {
    const w = new TestWorker(2);
    const orders = [1, 2, 3].map((attempt) => order(attempt));
    for (const one of orders) w.step((core) => core.compute(one));
    expect([w.begin(), w.core.executing]).toEqual([[1, 2], 2]);
    w.step((core) => core.finished(orders[1]!));
    expect(w.begin()).toEqual([3]);
    expect(w.core.isIdle).toBe(false);
    w.step((core) => core.finished(orders[0]!));
    w.step((core) => core.finished(orders[2]!));
    expect([w.core.isIdle, [1, 2, 3].every((attempt) => w.core.holds(attempt))]).toEqual([true, true]);
  });

  test("waits for what an earlier order makes, and goes before what came later", () => {
    const w = new TestWorker();
    const [first, second, third] = [order(1), order(2, input(1)), order(3)];
    for (const one of [first, second, third]) w.step((core) => core.compute(one));
    expect(w.begin()).toEqual([1]);
    w.step((core) => core.finished(first));
    expect(w.begin()).toEqual([2]);
  });

  test("may name an input twice", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.compute(order(1, input(9, [1]), input(9, [1]))))).toEqual([
      "gather 9 from 1",
    ]);
    w.step((core) => core.received(9));
    expect(w.begin()).toEqual([1]);
  });

  test("whose value nobody wants any more is dropped by the host", () => {
    const w = new TestWorker();
    const one = order(1);
    w.step((core) => core.compute(one));
    w.begin();
    expect(w.step((core) => core.cancel(1))).toEqual(["abort 1", "released 1"]);
    expect([w.core.finished(one), w.core.failed(one), w.core.isIdle, w.core.executing]).toEqual([
      false,
      false,
      true,
      0,
    ]);
  });

  test("is cancelled once, and not after its report", () => {
    const w = new TestWorker();
    w.make(order(1));
    expect(w.step((core) => core.cancel(1))).toEqual([]);
    expect(w.step((core) => core.compute(order(2)))).toEqual([]);
    expect(w.step((core) => core.cancel(2))).toEqual(["released 2"]);
    expect(w.step((core) => core.cancel(2))).toEqual([]);
    expect(w.begin()).toEqual([]);
  });

  test("is handed back when the host does not begin it", () => {
    const w = new TestWorker();
    const one = order(1);
    w.step((core) => core.compute(one));
    expect(w.begin()).toEqual([1]);
    expect(w.step((core) => core.handBack(one))).toEqual(["released 1"]);
    expect(w.step((core) => core.handBack(one))).toEqual([]);
    w.step((core) => core.compute(order(2)));
    expect(w.begin()).toEqual([2]);
  });
});

describe("an input elsewhere", () => {
  test("is gathered once for all who need it, and the scheduler hears of the copy", () => {
    const w = new TestWorker(2);
    expect(w.step((core) => core.compute(order(1, input(9, [3]))))).toEqual(["gather 9 from 3"]);
    expect(w.step((core) => core.compute(order(2, input(9, [3]))))).toEqual([]);
    expect(w.begin()).toEqual([]);
    expect(w.step((core) => core.received(9))).toEqual(["has 9"]);
    expect(w.begin()).toEqual([1, 2]);
    expect(w.step((core) => core.compute(order(3, input(9, [3]))))).toEqual([]);
  });

  test("is taken over when nobody else will need it, and dropped after use", () => {
    const w = new TestWorker();
    const one = order(1, input(9, [3], true));
    expect(w.step((core) => core.compute(one))).toEqual(["take 9 from 3"]);
    expect(w.step((core) => core.received(9))).toEqual(["has 9 instead of 3"]);
    w.begin();
    expect(w.step((core) => core.finished(one))).toEqual(["free 9"]);
  });

  test("is not taken when there are several copies: one of them stays", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.compute(order(1, input(9, [3, 4], true))))).toEqual(["gather 9 from 3"]);
  });

  test("is looked for at every holder, and then missed", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3, SELF, 4]))));
    expect(w.step((core) => core.notFound(9))).toEqual(["gather 9 from 4"]);
    expect(w.step((core) => core.notFound(9))).toEqual(["1 misses 9 of 4"]);
    expect(w.core.isIdle).toBe(true);
  });

  test("is looked for elsewhere when the worker that was asked is lost", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(8, [3]), input(9, [3, 4]))));
    expect(w.step((core) => core.peerLost(3))).toEqual(["1 misses 8 of 3"]);
    // Nobody waits for 9 any more.
    expect(w.core.isIdle).toBe(true);
    w.step((core) => core.compute(order(2, input(9, [3, 4]))));
    expect(w.step((core) => core.peerLost(3))).toEqual(["gather 9 from 4"]);
  });

  test("that nobody waits for any more stays, until the scheduler says that it is not needed", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3], true))));
    expect(w.step((core) => core.cancel(1))).toEqual(["released 1"]);
    expect(w.core.isIdle).toBe(false);
    expect(w.step((core) => core.received(9))).toEqual(["has 9 instead of 3"]);
    expect(w.step((core) => core.free(9))).toEqual(["free 9"]);
    expect(w.step((core) => core.free(9))).toEqual([]);
  });

  test("that is not found is forgotten when nobody waits for it any more", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3, 4]))));
    w.step((core) => core.cancel(1));
    expect(w.step((core) => core.notFound(9))).toEqual([]);
    expect(w.core.isIdle).toBe(true);
  });

  test("is missed once by each order, also by one that waits for another that misses it", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3]))));
    w.step((core) => core.compute(order(2, input(9, [3]), input(1))));
    w.step((core) => core.compute(order(3, input(9, [3]))));
    expect(w.step((core) => core.notFound(9))).toEqual(["1 misses 9 of 3", "released 2", "3 misses 9 of 3"]);
  });

  test("that was not asked for, or is answered twice, changes nothing", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.received(9))).toEqual([]);
    expect(w.step((core) => core.notFound(9))).toEqual([]);
    expect(w.core.holds(9)).toBe(false);
  });

  test("that cannot be had at all is missed at once, and what was gathered before it is kept", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.compute(order(1, input(8, [3]), input(9, [SELF]))))).toEqual([
      "gather 8 from 3",
      `1 misses 9 of ${SELF}`,
    ]);
    expect(w.step((core) => core.received(8))).toEqual(["has 8"]);
  });
});

describe("an input made here", () => {
  const [maker, user, late] = [order(1), order(2, input(1)), order(3, input(2))];

  function withChain(): TestWorker {
    const w = new TestWorker();
    for (const one of [maker, user, late]) w.step((core) => core.compute(one));
    expect(w.begin()).toEqual([1]);
    return w;
  }

  test("that fails gives all back that waits for it", () => {
    const w = withChain();
    expect(w.step((core) => core.failed(maker))).toEqual(["released 2", "released 3"]);
    expect(w.core.isIdle).toBe(true);
  });

  test("that is cancelled or handed back does the same", () => {
    expect(withChain().step((core) => core.cancel(1))).toEqual([
      "abort 1",
      "released 1",
      "released 2",
      "released 3",
    ]);
    expect(withChain().step((core) => core.handBack(user))).toEqual(["released 2", "released 3"]);
  });

  test("that misses an input of its own does the same", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3]))));
    w.step((core) => core.compute(order(2, input(1))));
    expect(w.step((core) => core.notFound(9))).toEqual(["1 misses 9 of 3", "released 2"]);
  });

  test("whose order was handed back before is missed", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.compute(order(2, input(1))))).toEqual([`2 misses 1 of ${SELF}`]);
  });

  test("is dropped after its last use here, without a word of the scheduler", () => {
    const w = new TestWorker();
    w.make(order(1));
    expect(w.make(order(2, input(1)))).toEqual([]);
    expect(w.make(order(3, input(1, [], true)))).toEqual(["free 1"]);
    expect(w.core.holds(1)).toBe(false);
  });

  test("is kept when its last use fails: that may be tried again", () => {
    const w = new TestWorker();
    w.make(order(1));
    const one = order(2, input(1, [], true));
    w.step((core) => core.compute(one));
    w.begin();
    expect(w.step((core) => core.failed(one))).toEqual([]);
    expect(w.core.holds(1)).toBe(true);
  });
});

describe("a value that goes", () => {
  test("to another worker is not here any more", () => {
    const w = new TestWorker();
    w.make(order(1));
    expect([w.core.gaveAway(1), w.core.holds(1), w.core.gaveAway(1)]).toEqual([true, false, false]);
  });

  test.each(["gaveAway", "free"] as const)("before a ready order begins is missed: %s", (event) => {
    const w = new TestWorker();
    w.make(order(1));
    w.step((core) => core.compute(order(2, input(1, [SELF]))));
    w.step((core) => core.compute(order(3, input(2))));
    w.step((core) => core[event](1));
    expect(w.step((core) => core.next())).toEqual([`2 misses 1 of ${SELF}`, "released 3"]);
    expect(w.core.isIdle).toBe(true);
  });

  test("is not one that is only being made, or on its way", () => {
    const w = new TestWorker();
    w.step((core) => core.compute(order(1, input(9, [3]))));
    for (const attempt of [1, 9, 77]) {
      expect(w.step((core) => core.free(attempt))).toEqual([]);
      expect(w.core.gaveAway(attempt)).toBe(false);
    }
    w.step((core) => core.received(9));
    expect(w.begin()).toEqual([1]);
  });
});

test("what was cancelled while it was ready is passed over", () => {
  const w = new TestWorker();
  for (const attempt of [1, 2, 3]) w.step((core) => core.compute(order(attempt)));
  w.step((core) => core.cancel(1));
  w.step((core) => core.cancel(2));
  expect(w.begin()).toEqual([3]);
});

describe("a value that did not come from a worker", () => {
  test("is put here for orders that follow", () => {
    const w = new TestWorker();
    expect(w.step((core) => core.put(9))).toEqual([]);
    w.step((core) => core.put(9));
    w.step((core) => core.compute(order(1, input(9, [SELF]))));
    expect(w.begin()).toEqual([1]);
    expect(w.step((core) => core.free(9))).toEqual(["free 9"]);
  });

  test("has a second name once it is here, and goes by each of them alone", () => {
    const w = new TestWorker();
    const first = order(1);
    w.step((core) => core.compute(first));
    expect(w.core.share(2, 1)).toBe(false);
    w.begin();
    w.step((core) => core.finished(first));
    expect([w.core.share(2, 1), w.core.share(2, 1), w.core.share(3, 77)]).toEqual([true, false, false]);
    expect(w.step((core) => core.free(1))).toEqual(["free 1"]);
    expect([w.core.holds(1), w.core.holds(2)]).toEqual([false, true]);
  });
});

test("an order whose input turns out to be lost here is reported so, and makes room for others", () => {
  const w = new TestWorker();
  const second = order(2, input(9, [SELF]));
  w.step((core) => core.put(9));
  w.step((core) => core.compute(second));
  w.step((core) => core.compute(order(3, input(2))));
  w.step((core) => core.compute(order(4)));
  expect(w.begin()).toEqual([2]);
  const told = w.step((core) => {
    core.gaveAway(9);
    core.inputLost(second, 9);
  });
  expect(told).toEqual([`2 misses 9 of ${SELF}`, "released 3"]);
  expect([w.begin(), w.core.holds(9)]).toEqual([[4], false]);
});

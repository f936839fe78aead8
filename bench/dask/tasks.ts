import { setTimeout as sleep } from "node:timers/promises";
import type { Goal } from "../goals.ts";
import { medianOf, turns } from "../measure.ts";
import { addOne } from "../parallel/entries/tasks.ts";
import type { LoadedBuild, Part } from "../parallel/part.ts";
import { printTable, short, whole } from "../table.ts";
import {
  runPythonClient,
  type Scheduler,
  startOwnWorkers,
  startPythonWorkers,
  startScheduler,
  type Workers,
} from "./cluster.ts";
import { cpuSeconds } from "./cpu.ts";
import { type Internals, internalsOf } from "./internals.ts";
import { add, KeyLevel } from "./key-level.ts";

const LEAVES = 5000;
const TASKS = 2 * LEAVES - 1;
const SUM = (LEAVES * (LEAVES + 1)) / 2;

/** So many times as many tasks per second as Python, at least. */
const RATE = { queuing: 1, immediate: 2.5 };
/** Of what workers of Python take of a core for a task, at most. */
const CPU = 1 / 8;

/** The end of a run goes on for a moment: results are forgotten. In milliseconds. */
const PAUSE = 300;

const PYTHON = "Python";

/** In seconds; CPU is that of all cores. */
interface Turn {
  readonly seconds: number;
  readonly scheduler: number;
  /** Of both workers together. */
  readonly workers: number;
  readonly client: number;
}

interface Setting {
  readonly title: string;
  readonly queuing: boolean;
  readonly limit: number;
  /** How often each kind of workers is started, and what they do then. */
  readonly rounds: number;
  readonly warmUps: number;
  readonly turns: number;
}

interface Figure {
  readonly name: string;
  readonly turns: readonly Turn[];
}

/**
 * Tasks that do nothing, on two workers of one thread: 5,000 at first, then a tree of sums. Workers of
 * both kinds take turns on one scheduler.
 */
export const measureDaskTasks: Part = async ({ builds, rounds, quick, python }) => {
  const settings: Setting[] = [
    {
      title: "worker-saturation: inf",
      queuing: false,
      limit: RATE.immediate,
      rounds: quick ? 1 : (rounds ?? 4),
      warmUps: 3,
      turns: quick ? 3 : 5,
    },
    {
      title: "default: queuing",
      queuing: true,
      limit: RATE.queuing,
      rounds: quick ? 1 : (rounds ?? 2),
      warmUps: 1,
      turns: quick ? 1 : 2,
    },
  ];
  const goals: Goal[] = [];
  for (const setting of settings) {
    const figures = await figuresOf(setting, builds, python!);
    print(setting, figures);
    goals.push(...goalsOf(setting, figures));
  }
  return goals;
};

async function figuresOf(
  setting: Setting,
  builds: readonly LoadedBuild[],
  python: string,
): Promise<Figure[]> {
  const internals = await Promise.all(builds.map(({ file }) => internalsOf(file)));
  const scheduler = await startScheduler(internals[0]!, { python, queuing: setting.queuing });
  const figures = new Map<string, Turn[]>();
  const take = (name: string, measured: readonly Turn[]) =>
    figures.set(name, [...(figures.get(name) ?? []), ...measured]);
  const contenders = [
    async () => take(PYTHON, await turnsOfPython(internals[0]!, python, scheduler, setting)),
    ...builds.map((build, which) => async () => {
      const measured = await turnsOfOwn(build, internals[which]!, scheduler, setting);
      for (const [name, some] of measured) take(name, some);
    }),
  ];
  for (let round = 0; round < setting.rounds; round++) {
    for (const which of turns(contenders.length, round)) await contenders[which]!();
  }
  await scheduler.stop();
  return Array.from(figures, ([name, measured]) => ({ name, turns: measured }));
}

/** With the key-level client, and with the executor, by turns. */
async function turnsOfOwn(
  { name, library }: LoadedBuild,
  internals: Internals,
  scheduler: Scheduler,
  setting: Setting,
): Promise<Map<string, Turn[]>> {
  const workers = await startOwnWorkers(internals, scheduler.address);
  const keyLevel = new KeyLevel(internals, scheduler.address);
  const executor = new internals.DaskExecutor(scheduler.address);
  const clients = new Map([
    [`${name}, keys`, () => keyLevel.sum(LEAVES)],
    [
      `${name}, executor`,
      () => {
        const leaves = Array.from({ length: LEAVES }, (_, n) => library.op(addOne, n));
        return executor.collect(library.treeReduce(add, leaves));
      },
    ],
  ]);
  const measured = new Map(Array.from(clients.keys(), (key): [string, Turn[]] => [key, []]));
  for (let turn = -setting.warmUps; turn < setting.turns; turn++) {
    for (const [key, run] of clients) {
      const one = await measuredTurn(run, scheduler, workers);
      if (turn >= 0) measured.get(key)!.push(one);
    }
  }
  await Promise.all([keyLevel.close(), executor.close()]);
  await workers.stop();
  return measured;
}

async function measuredTurn(
  run: () => Promise<number>,
  scheduler: Scheduler,
  workers: Workers,
): Promise<Turn> {
  const pids = [scheduler.pid, ...workers.pids, process.pid];
  await sleep(PAUSE);
  const before = pids.map(cpuSeconds);
  const begin = performance.now();
  const sum = await run();
  const seconds = (performance.now() - begin) / 1000;
  const used = pids.map((pid, i) => cpuSeconds(pid) - before[i]!);
  if (sum !== SUM) throw new Error(`the tasks came to ${sum}, and not to ${SUM}`);
  return {
    seconds,
    scheduler: used[0]!,
    workers: used.slice(1, -1).reduce((total, one) => total + one, 0),
    client: used.at(-1)!,
  };
}

/** The functions are those that pickles have by name, which is cheapest. */
const PROGRAM = `
from operator import add
from dask._task_spec import Task, TaskRef

def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / ${100}

def tree(run):
    graph = {}
    def put(name, *args):
        key = f"{name}-{os.getpid()}-{run}-{len(graph)}"
        graph[key] = Task(key, add, *args)
        return TaskRef(key)
    level = [put("leaf", n, 1) for n in range(options["leaves"])]
    while len(level) > 1:
        pairs = [put("add", a, b) for a, b in zip(level[::2], level[1::2])]
        level = pairs + level[len(pairs) * 2 :]
    return graph, level[0].key

turns = []
pids = [options["scheduler"], *options["workers"], os.getpid()]
for turn in range(-options["warmUps"], options["turns"]):
    time.sleep(options["pause"])
    before = [cpu(pid) for pid in pids]
    begin = time.perf_counter()
    graph, root = tree(turn)
    assert client.get(graph, root) == options["sum"]
    seconds = time.perf_counter() - begin
    scheduler, *workers, own = [cpu(pid) - one for pid, one in zip(pids, before)]
    if turn >= 0:
        turns.append(dict(seconds=seconds, scheduler=scheduler, workers=sum(workers), client=own))
client.close()
print(json.dumps(turns))
`;

async function turnsOfPython(
  internals: Internals,
  python: string,
  scheduler: Scheduler,
  setting: Setting,
): Promise<Turn[]> {
  const workers = await startPythonWorkers(internals, python, scheduler.address);
  const measured = await runPythonClient<Turn[]>(internals, python, PROGRAM, {
    address: scheduler.address,
    scheduler: scheduler.pid,
    workers: workers.pids,
    leaves: LEAVES,
    sum: SUM,
    warmUps: setting.warmUps,
    turns: setting.turns,
    pause: PAUSE / 1000,
  });
  await workers.stop();
  return measured;
}

const median = (numbers: readonly number[]): number => medianOf([...numbers].sort((a, b) => a - b));
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;

const rate = ({ turns }: Figure): number => TASKS / median(turns.map(({ seconds }) => seconds));
/** µs of a core for a task: ticks are coarse, so all turns together. */
const perTask = ({ turns }: Figure, who: "scheduler" | "workers" | "client"): number =>
  (1e6 * mean(turns.map((turn) => turn[who]))) / TASKS;

function print({ title }: Setting, figures: readonly Figure[]): void {
  const python = figureOf(figures, PYTHON);
  console.log(
    `\ndask, ${title}: ${whole(TASKS)} tasks that do nothing, on 2 workers of one thread; and µs of CPU for each task\n`,
  );
  printTable<Figure>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "tasks/s", cell: (figure) => whole(rate(figure)), right: true },
      {
        heading: "most",
        cell: ({ turns }) => whole(TASKS / Math.min(...turns.map(({ seconds }) => seconds))),
        right: true,
      },
      { heading: "× Python", cell: (figure) => short(rate(figure) / rate(python)), right: true },
      { heading: "both workers", cell: (figure) => short(perTask(figure, "workers")), right: true },
      {
        heading: "× Python",
        cell: (figure) => short(perTask(figure, "workers") / perTask(python, "workers")),
        right: true,
      },
      { heading: "scheduler", cell: (figure) => short(perTask(figure, "scheduler")), right: true },
      { heading: "client", cell: (figure) => short(perTask(figure, "client")), right: true },
      { heading: "turns", cell: ({ turns }) => String(turns.length), right: true },
    ],
    [figures],
  );
}

function figureOf(figures: readonly Figure[], name: string): Figure {
  const figure = figures.find((one) => one.name === name);
  if (figure === undefined) throw new Error(`nothing was measured of ${name}`);
  return figure;
}

function goalsOf({ title, queuing, limit }: Setting, figures: readonly Figure[]): Goal[] {
  const python = figureOf(figures, PYTHON);
  return figures
    .filter((figure) => figure !== python)
    .flatMap((figure): Goal[] => [
      {
        what: `dask, ${title}, ${figure.name}: tasks`,
        sense: "at least",
        limit,
        figure: rate(figure) / rate(python),
        unit: "× Python, per second",
      },
      ...(queuing
        ? []
        : [
            {
              what: `dask, ${title}, ${figure.name}: CPU of workers`,
              sense: "at most" as const,
              limit: CPU,
              figure: perTask(figure, "workers") / perTask(python, "workers"),
              unit: "× Python, per task",
            },
          ]),
    ]);
}

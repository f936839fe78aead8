"""Records what real Python writes, for test/dask/golden: JSON on stdout.

Usage: python scripts/dask/golden.py > test/dask/golden/<release>.json
"""

import array
import collections
import decimal
import json
import pickle
import struct
from operator import add, methodcaller

import distributed
import numpy
from dask._task_spec import Alias, DataNode, Task, TaskRef
from distributed.core import error_message
from distributed.protocol import dumps
from distributed.protocol.compression import compressions
from distributed.protocol.serialize import Serialize, ToPickle, to_serialize
from distributed.protocol.utils import pack_frames_prelude
from distributed.scheduler import KilledWorker, WorkerState

MARKER = "this_is_a_TypeScript_task__it_needs_a_dispatch_graph_worker"


def message(value, **options):
    return [bytes(frame).hex() for frame in dumps(value, **options)]


def on_the_wire(value):
    frames = [bytes(frame) for frame in dumps(value)]
    prelude = pack_frames_prelude(frames)
    return (struct.pack("<Q", len(prelude) + sum(map(len, frames))) + prelude + b"".join(frames)).hex()


# A program of its own, so that tracebacks do not say where this file lies.
PROGRAM = """
def failure(raise_it):
    try:
        raise_it()
    except Exception as error:
        return message(error_message(error))

def key_error():
    raise KeyError("no such key")

def caused():
    try:
        key_error()
    except KeyError as error:
        raise ValueError("bad", 3) from error
"""
program = {"__name__": "__main__", "__file__": "program.py", "message": message, "error_message": error_message}
exec(compile(PROGRAM, "program.py", "exec"), program)
failure, key_error, caused = (program[name] for name in ("failure", "key_error", "caused"))


def dead_worker():
    worker = WorkerState(
        address="tcp://127.0.0.1:9",
        status=distributed.Status.running,
        pid=1,
        name="w",
        nthreads=1,
        memory_limit=0,
        local_directory="/",
        server_id="s",
        nanny=None,
    )
    worker._occupancy_cache = 1.0  # else it asks its scheduler
    return worker.clean()


class Unknown(Exception):
    pass


shared = ["shared"]
VALUES = {
    "none": None,
    "true": True,
    "false": False,
    "zero": 0,
    "byte": 255,
    "short": 65535,
    "negative": -1,
    "int32": -(2**31),
    "past int32": 2**31,
    "largest safe": 2**53 - 1,
    "past safe": 2**53,
    "large": 2**100,
    "large negative": -(2**100),
    "very large": 2**3000,
    "float": 1.5,
    "nan": float("nan"),
    "infinity": float("-inf"),
    "minus zero": -0.0,
    "text": "text",
    "unicode": "é𝄞" * 3,
    "long text": "x" * 300,
    "bytes": b"\x00\x01\xff",
    "bytearray": bytearray(b"abc"),
    "memoryview": memoryview(b"abc"),
    "array": array.array("i", [1, 2, -3]),
    "list": [1, "two", [3.5, None]],
    "tuple": (1, (), (2,), (3, 4), (5, 6, 7), (8, 9, 10, 11)),
    "dict": {"a": 1, "b": {"__proto__": 2}},
    "dict of numbers": {1: "a", (2, "b"): None},
    "set": {7},
    "frozenset": frozenset(["x"]),
    "shared": [shared, shared],
    "nested bytes": {"b": b"bytes", "a": bytearray(b"array")},
    "ordered dict": collections.OrderedDict(a=1),
    "decimal": decimal.Decimal("1.5"),
    "list of bytes": [b"one", b"two", b"three"],
    "dict of arrays": {"x": numpy.arange(3.0), "y": b"y"},
    "tuple of arrays": (numpy.arange(2, dtype="i4"), None),
    "float64": numpy.arange(4.0),
    "int64": numpy.array([1, -2, 2**62]),
    "big-endian": numpy.array([1, 2, 3], dtype=">i4"),
    "matrix": numpy.arange(6, dtype="i2").reshape(2, 3),
    "fortran": numpy.asfortranarray(numpy.arange(6, dtype="u1").reshape(2, 3)),
    "booleans": numpy.array([True, False]),
    "repeated": numpy.broadcast_to(numpy.float32(2.5), (2, 3)),
    "no dimensions": numpy.array(7.0),
    "empty array": numpy.array([], dtype="f4"),
    "times": numpy.array(["2020-01-01"], dtype="datetime64[s]"),
    "objects": numpy.array([{}, None], dtype=object),
    "array in a list": [1, numpy.arange(3, dtype="f4")],
    "matrix in a list": [1, numpy.asfortranarray(numpy.arange(4, dtype="i8").reshape(2, 2))],
    "scalar": numpy.float64(2.5),
    "large scalar": numpy.uint64(2**63),
    "boolean scalar": numpy.bool_(True),
    "long array": numpy.arange(2000, dtype="f8"),
}

TASK = Task("add-2", methodcaller(MARKER), b"first", b"second", TaskRef("inc-1"), TaskRef(("x", 0)), TaskRef("inc-1"))
SPECS = {
    "task": TASK,
    "task without dependencies": Task(("x", 1), methodcaller(MARKER), b"only"),
    "alias": Alias("a", "target"),
    "data": DataNode("d", [1, {"x": 2}]),
    "foreign": Task("f", add, 1, TaskRef("x")),
    "foreign method": Task("f", methodcaller("upper"), "x"),
}

COMPUTE = {
    "op": "compute-task",
    "key": "add-2",
    "run_id": 7,
    "priority": (0, 1, 2.5),
    "stimulus_id": "compute-task-1.5",
    "who_has": {"inc-1": ("tcp://127.0.0.1:1234",), ("x", 0): ("tcp://127.0.0.1:1234",)},
    "nbytes": {"inc-1": 28, ("x", 0): 2**33},
    "run_spec": ToPickle(TASK),
    "resource_restrictions": {"GPU": 1.5},
    "actor": False,
    "annotations": {"priority": 1},
    "span_id": None,
}

recorded = {
    "release": distributed.__version__,
    "handshake": on_the_wire({"compression": None, "python": (3, 11, 0), "pickle-protocol": 5}),
    "large message": on_the_wire([{"data": Serialize(numpy.zeros(200_000, dtype="u1"))}])[:600],
    "messages": {
        "kinds": message([None, True, -1, 200, -200, 70000, -70000, 2**40, -(2**40), 2**63, 1.5, "é", b"b", {"s": {1, 2}}]),
        "compute-task": message([COMPUTE]),
        "pickled with buffers": message({"p": ToPickle([pickle.PickleBuffer(b"x" * 2000), 1])}),
        "split": message({"data": Serialize(numpy.arange(300, dtype="f8"))}, frame_split_size=1000),
        "zlib": message({"data": Serialize(numpy.zeros(20000))}, context={"compression": "zlib"}),
        "compressed text": message({"data": Serialize("x" * 20000)}, context={"compression": "zlib"}),
    },
    "values": {name: message({"v": to_serialize(value)}) for name, value in VALUES.items()},
    "pickles": {
        name: [pickle.dumps(value, protocol=protocol).hex() for protocol in (2, 3, 4, 5)]
        for name, value in VALUES.items()
        if name not in ("memoryview", "very large", "long array", "long text")
    },
    "specs": {name: message({"run_spec": ToPickle(spec)}) for name, spec in SPECS.items()},
    "failures": {
        "key error": failure(key_error),
        "caused": failure(caused),
        "killed": message({"exception": pickle.dumps(KilledWorker("t", dead_worker(), 3)), "traceback": None}),
        "plain": message({"exception": to_serialize(Unknown("x", 1)), "traceback": None}),
    },
}
if "lz4" in compressions:
    recorded["messages"]["lz4"] = message({"data": Serialize(numpy.arange(3000) // 7)}, context={"compression": "lz4"})
print(json.dumps(recorded, indent=2))

import { DaskProtocolError } from "../../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { PyGlobal, PyObject } from "./objects.ts";
import { STOP } from "./opcodes.ts";
import { plainBytes } from "./plain-bytes.ts";

/**
 * Reads a pickle of the protocols 2 to 5, as a closed machine: it imports nothing and calls nothing. Lists
 * and tuples become arrays, dicts Maps, sets and frozensets Sets, bytes and bytearrays Uint8Arrays (parts of
 * the pickle, not copies), ints that are not safe bigints. Whatever Python would make with a class
 * or a function becomes a `PyObject`, which only describes it. Throws a `DaskProtocolError`.
 * @param buffers what lies beside the pickle, in order
 */
export function unpickle(bytes: Uint8Array, buffers: readonly Uint8Array[] = []): unknown {
  return new Unpickler(bytes, buffers).run();
}

// Opcodes are numbers here, as a switch over constants of the language is a jump.

class Unpickler {
  readonly #in: ByteReader;
  readonly #buffers: readonly Uint8Array[];
  #nextBuffer = 0;
  #stack: unknown[] = [];
  /** Stacks below marks. */
  readonly #below: unknown[][] = [];
  readonly #memo: unknown[] = [];
  #memoSize = 0;

  constructor(bytes: Uint8Array, buffers: readonly Uint8Array[]) {
    this.#in = new ByteReader(bytes);
    this.#buffers = buffers;
  }

  run(): unknown {
    for (;;) {
      const code = this.#in.u8();
      if (code === STOP) return this.#pop();
      this.#step(code);
    }
  }

  #step(code: number): void {
    const value = this.#simple(code) ?? this.#compound(code) ?? this.#object(code);
    if (value !== undefined) this.#stack.push(value);
    else if (!this.#changeTop(code)) this.#other(code);
  }

  /** A value that is made of the next bytes alone; undefined (which no pickle holds) of other opcodes. */
  #simple(code: number): unknown {
    switch (code) {
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x4b: // BININT1
        return this.#in.u8();
      case 0x4d: // BININT2
        return this.#in.u16();
      case 0x4a: // BININT
        return this.#in.i32();
      case 0x8a: // LONG1
        return this.#in.integer(this.#in.u8());
      case 0x8b: // LONG4
        return this.#in.integer(this.#in.u32());
      case 0x47: // BINFLOAT
        return this.#in.f64();
      case 0x8c: // SHORT_BINUNICODE
        return this.#in.text(this.#in.u8());
      case 0x58: // BINUNICODE
        return this.#in.text(this.#in.u32());
      case 0x8d: // BINUNICODE8
        return this.#in.text(this.#in.u64());
      case 0x43: // SHORT_BINBYTES
        return this.#in.bytes(this.#in.u8());
      case 0x42: // BINBYTES
        return this.#in.bytes(this.#in.u32());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#in.bytes(this.#in.u64());
      case 0x97: // NEXT_BUFFER
        return this.#buffer();
      default:
        return undefined;
    }
  }

  /** A value that is made of what is on the stack, or remembered. */
  #compound(code: number): unknown {
    switch (code) {
      case 0x68: // BINGET
        return this.#remembered(this.#in.u8());
      case 0x6a: // LONG_BINGET
        return this.#remembered(this.#in.u32());
      case 0x32: // DUP
        return this.#top();
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return [];
      case 0x7d: // EMPTY_DICT
        return new Map();
      case 0x8f: // EMPTY_SET
        return new Set();
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.#marked();
      case 0x85: // TUPLE1
        return this.#popped(1);
      case 0x86: // TUPLE2
        return this.#popped(2);
      case 0x87: // TUPLE3
        return this.#popped(3);
      case 0x64: // DICT
        return setItems(new Map(), this.#marked());
      case 0x91: // FROZENSET
        return new Set(this.#marked());
      default:
        return undefined;
    }
  }

  /** What stands for a class, or for what would be made with one. */
  #object(code: number): unknown {
    switch (code) {
      case 0x63: /* GLOBAL */ {
        const module = this.#in.line();
        return new PyGlobal(module, this.#in.line());
      }
      case 0x93: /* STACK_GLOBAL */ {
        const [module, name] = this.#popped(2);
        if (typeof module !== "string" || typeof name !== "string") throw bad("names a class with no text");
        return new PyGlobal(module, name);
      }
      case 0x52: // REDUCE
      case 0x81: /* NEWOBJ */ {
        const [callable, args] = this.#popped(2);
        return made(callable, args);
      }
      case 0x92: /* NEWOBJ_EX */ {
        const [callable, args, kwargs] = this.#popped(3);
        if (!(kwargs instanceof Map)) throw bad("has named arguments that are no dict");
        return made(callable, args, kwargs);
      }
      case 0x50: // PERSID
      case 0x51: // BINPERSID
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
        throw bad("refers to something outside of it");
      default:
        return undefined;
    }
  }

  /** Fills what is on top of the stack; false of other opcodes. */
  #changeTop(code: number): boolean {
    switch (code) {
      case 0x61: /* APPEND */ {
        const items = this.#popped(1);
        append(this.#top(), items);
        return true;
      }
      case 0x65: // APPENDS
      case 0x90: /* ADDITEMS */ {
        const items = this.#marked();
        append(this.#top(), items);
        return true;
      }
      case 0x73: /* SETITEM */ {
        const items = this.#popped(2);
        setItems(this.#top(), items);
        return true;
      }
      case 0x75: /* SETITEMS */ {
        const items = this.#marked();
        setItems(this.#top(), items);
        return true;
      }
      case 0x62: /* BUILD */ {
        const state = this.#pop();
        const object = this.#top();
        if (!(object instanceof PyObject)) throw bad("fills what is no object");
        object.state = state;
        return true;
      }
      default:
        return false;
    }
  }

  #other(code: number): void {
    switch (code) {
      case 0x94: // MEMOIZE
        this.#memo[this.#memoSize++] = this.#top();
        break;
      case 0x4e: // NONE
        this.#stack.push(null);
        break;
      case 0x28: // MARK
        this.#below.push(this.#stack);
        this.#stack = [];
        break;
      case 0x71: // BINPUT
        this.#remember(this.#in.u8());
        break;
      case 0x72: // LONG_BINPUT
        this.#remember(this.#in.u32());
        break;
      case 0x98: // READONLY_BUFFER
        break;
      case 0x95: // FRAME
        this.#in.u64();
        break;
      case 0x80: // PROTO
        if (this.#in.u8() > 5) throw bad("is of a protocol after 5");
        break;
      case 0x30: // POP
        if (this.#stack.length === 0) this.#marked();
        else this.#pop();
        break;
      case 0x31: // POP_MARK
        this.#marked();
        break;
      default:
        throw bad(`has the opcode 0x${code.toString(16)}, which is not read`);
    }
  }

  #buffer(): Uint8Array {
    const buffer = this.#buffers[this.#nextBuffer++];
    if (buffer === undefined) throw bad("refers to a buffer that is not there");
    return plainBytes(buffer);
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw bad("takes from an empty stack");
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw bad("takes from an empty stack");
    return this.#stack.pop();
  }

  #popped(count: number): unknown[] {
    if (this.#stack.length < count) throw bad("takes from an empty stack");
    const items = this.#stack.slice(-count);
    this.#stack.length -= count;
    return items;
  }

  /** What has been pushed since the last mark. */
  #marked(): unknown[] {
    const below = this.#below.pop();
    if (below === undefined) throw bad("goes back to a mark that is not there");
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  #remember(index: number): void {
    // Each entry takes bytes of the pickle: a larger number is none that Python writes.
    if (index > this.#in.size) throw bad("remembers too much");
    this.#memo[index] = this.#top();
    this.#memoSize = Math.max(this.#memoSize, index + 1);
  }

  #remembered(index: number): unknown {
    const value = this.#memo[index];
    if (value === undefined) throw bad("refers to what it has not remembered");
    return value;
  }
}

function append(target: unknown, items: readonly unknown[]): void {
  if (target instanceof PyObject) target.items ??= [];
  const list = target instanceof PyObject ? target.items : target;
  if (Array.isArray(list)) for (const item of items) list.push(item);
  else if (list instanceof Set) for (const item of items) list.add(item);
  else throw bad("appends to what is no list");
}

function setItems(target: unknown, items: readonly unknown[]): unknown {
  if (target instanceof PyObject) target.entries ??= new Map();
  const map = target instanceof PyObject ? target.entries : target;
  if (!(map instanceof Map) || items.length % 2 !== 0) throw bad("has entries of what is no dict");
  for (let at = 0; at < items.length; at += 2) map.set(items[at], items[at + 1]);
  return map;
}

function made(callable: unknown, args: unknown, kwargs?: Map<unknown, unknown>): PyObject {
  if (!(callable instanceof PyGlobal || callable instanceof PyObject)) throw bad("calls what is no function");
  if (!Array.isArray(args)) throw bad("calls with what is no tuple");
  return new PyObject(callable, args, kwargs);
}

function bad(what: string): DaskProtocolError {
  return new DaskProtocolError(`a pickle ${what}`);
}

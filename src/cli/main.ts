#!/usr/bin/env node
/** The command `dispatch-graph`. */

import { runProgram } from "./program.ts";

process.exitCode = await runProgram(process.argv.slice(2));

#!/usr/bin/env node
/** The kernel's start, which kernelspecs name: `kernel.js CONNECTION_FILE`. It is there also when `cairn clean` has removed what was built. */
import { ensureBuilt } from "./built.js";

ensureBuilt();
await import("../dist/tslab-kernel/main.js");

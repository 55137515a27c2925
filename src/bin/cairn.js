#!/usr/bin/env node
import { ensureBuilt } from "./built.js";

ensureBuilt();
await import("../dist/cli/main.js");

/** Errors of the runtime: a message for readers, a code and facts for programs. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { failed } from "../../src/doctor/check.ts";
import { CairnError, InputError } from "../../src/errors.ts";
import { describeError } from "../../src/execute/index.ts";
import { KernelStartError } from "../../src/kernel/index.ts";
import { NotebookFormatError, parseNotebook } from "../../src/nbformat/index.ts";
import { thrownBy } from "./thrown-by.ts";

describe("an error of the runtime", () => {
  test("has a code of its class, which stays as it is", () => {
    const errors = [new CairnError("x"), new InputError("x"), new NotebookFormatError("x"), new KernelStartError("x", { lastWords: "" })];
    expect(errors.map(({ code }) => code)).toEqual(["ERR_CAIRN", "ERR_INPUT", "ERR_NOTEBOOK_FORMAT", "ERR_KERNEL_START"]);
    expect([new CairnError("x").exitCode, new NotebookFormatError("x").exitCode]).toEqual([1, 2]);
  });

  test("says its hint in the message, and what is wrong without it", () => {
    const error = new InputError("there is no a.ipynb", { hint: "give a notebook", facts: { path: "a.ipynb" } });
    expect(error.message).toBe("there is no a.ipynb\n  hint: give a notebook");
    expect([error.problem, error.hint, error.facts]).toEqual(["there is no a.ipynb", "give a notebook", { path: "a.ipynb" }]);
    expect(inspect(error)).not.toContain("facts:"); // the message has said it
  });

  test("has the facts of its message as values", () => {
    const error = thrownBy(() => parseNotebook('{\n  "cells": ]', "a.ipynb"), NotebookFormatError);
    expect(error.facts).toEqual({ file: "a.ipynb", line: 2, column: 12 });
    expect(thrownBy(() => parseNotebook('{ "nbformat": 1 }', "a.ipynb"), NotebookFormatError).facts).toEqual({
      file: "a.ipynb",
      nbformat: 1,
    });
  });

  test("takes its code into results; what others throw has none", () => {
    expect(describeError(new InputError("x"))).toEqual({ name: "InputError", message: "x", code: "ERR_INPUT" });
    expect(describeError(new TypeError("x"))).toEqual({ name: "TypeError", message: "x" });
    expect(describeError("x")).toEqual({ name: "Error", message: "x" });
  });

  test("is told by the doctor with its hint as the fix", () => {
    expect(failed("kernel", "broken", new CairnError("it ended\nwith words", { hint: "npm ci" }))).toEqual({
      name: "kernel",
      state: "broken",
      found: "it ended",
      fix: "npm ci",
    });
  });
});

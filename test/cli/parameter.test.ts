/** `--param`: what stands on the command line is what arrives, or it is refused by its name. */
import { expect, test } from "vitest";
import { readParameter } from "../../src/cli/parameter.ts";

test.each([
  ["year=2026", ["year", 2026]],
  ["text=x=y", ["text", "x=y"]],
  ["text=", ["text", ""]],
  ["text=007", ["text", "007"]],
  ['list=[1, "9007199254740993", "1e400"]', ["list", [1, "9007199254740993", "1e400"]]],
  ["id=9007199254740993", ["id", 9007199254740993n]],
  ["id=-9007199254740993", ["id", -9007199254740993n]],
  ["id=9007199254740992", ["id", 2 ** 53]],
  ["id=18446744073709551616", ["id", 2 ** 64]],
  ["pi=3.14159265358979323846", ["pi", Math.PI]],
  ["big=1e300", ["big", 1e300]],
  ["zero=0e5", ["zero", 0]],
])("%s", (given, expected) => {
  expect(readParameter(given)).toEqual(expected);
});

test.each([
  ["x=1e400", "--param x: 1e400 is larger than any number"],
  ["x=-1e400", "--param x: -1e400 is larger than any number"],
  ["x=1e-400", "--param x: 1e-400 is so small that it would be 0"],
  ["x=[1, 9007199254740993]", "--param x: 9007199254740993 would be rounded to 9007199254740992"],
  ['x={"a": {"b": 1e999}}', "--param x: 1e999 is larger than any number"],
  [`x=${"9".repeat(400)}`, `--param x: ${"9".repeat(400)} is larger than any number`],
  ["x", "--param x: not of the form NAME=VALUE"],
])("%s is refused", (given, message) => {
  expect(() => readParameter(given)).toThrow(message);
});

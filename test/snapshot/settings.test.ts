/** Masks and settings of a comparison. */
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import type { CodeCell, Notebook } from "../../src/nbformat/index.ts";
import { maskOf, masked, usualMasks } from "../../src/snapshot/masks.ts";
import { cellSettings, commandSettings, notebookSettings, type CellSettings } from "../../src/snapshot/settings.ts";

describe("masks", () => {
  const masks = usualMasks("/srv/notes");
  test.each([
    ["2026-11-27T07:09:57.123Z and 2026-11-27 07:09:57,123 +01:00", "<time> and <time>"],
    [new Date(0).toString(), "<time>"],
    [new Date(0).toUTCString(), "<time>"],
    ["at 07:09:57", "at <time>"],
    ["took 12.3 ms, 4 s, 2 minutes", "took <duration>, <duration>, <duration>"],
    ["16128 merges · 1,363 merges/s · 3.2 MB/s, 12/s", "16128 merges · <rate> · <rate>, <rate>"],
    ["<object at 0x7f3a2b4c5d6e>", "<object at <address>>"],
    ["123e4567-e89b-12d3-a456-426614174000", "<uuid>"],
    ["http://localhost:8888/lab", "http://<local server>/lab"],
    ["/srv/notes/data.csv", "<folder>/data.csv"],
    [`'${join(tmpdir(), "x-Ab12/part.txt")}'`, "'<temporary>'"],
    [join(homedir(), "models"), homedir() === "/" ? "/models" : "<home>/models"],
  ])("%s", (text, expected) => expect(masked(text, masks)).toBe(expected));

  test.each(["0.93 accuracy", "2026-11-27", "3 sentences", "10 ms-words? no: ms", "/srv/notes-2", "0xff", "ratio 1:2", "5 members"])(
    "leave %s as it is",
    (text) => expect(masked(text, masks).replace("<duration>-words", "10 ms-words")).toBe(text),
  );

  test("of one's own may have a name; a dollar in it is only a dollar", () => {
    expect(masked("build a1b2, build c3", [maskOf("build \\w+", "here", "<$1>")])).toBe("<$1>, <$1>");
    expect(() => maskOf("(", "--mask")).toThrow(/^--mask: "\(" is not a regular expression: Unterminated group/);
  });
});

describe("settings", () => {
  const usual = commandSettings({}, "/srv");
  const cell = (own: unknown, ...tags: string[]): CodeCell => ({
    cell_type: "code",
    source: "",
    metadata: { cairn: { test: own }, tags },
    execution_count: null,
    outputs: [],
  });
  const of = (own: unknown, ...tags: string[]): CellSettings => cellSettings(usual, cell(own, ...tags), "cell 1 of a.ipynb");

  test("of a cell come after those of the notebook, which come after the command's; its tags come last", () => {
    const notebook = { metadata: { cairn: { test: { tolerance: 0.1, ignore: ["text/html"], mask: "a+" } } } } as unknown as Notebook;
    const outer = notebookSettings(commandSettings({ tolerance: 0.5, masks: ["b+"] }, "/srv"), notebook, "a.ipynb");
    expect([outer.tolerance!.relative, [...outer.ignore], outer.masks.slice(0, 2).map(({ pattern }) => pattern.source)]).toEqual([0.1, ["stderr", "text/html"], ["a+", "b+"]]); // prettier-ignore
    const own = cellSettings(
      outer,
      cell({ tolerance: { absolute: 2 }, compare: "stderr", picture: 0.2, mask: [{ pattern: "c", as: "C" }] }),
      "cell",
    );
    expect(own).toMatchObject({ tolerance: { relative: 0, absolute: 2, integers: true }, pictureTolerance: 0.2, isIgnored: false });
    expect([[...own.ignore], own.masks[0]!.as]).toEqual([["text/html"], "C"]);
    expect(cellSettings(outer, cell({ tolerance: 3 }, "tolerance:0.25"), "cell").tolerance!.relative).toBe(0.25);
  });

  test("exact is without tolerance and without the usual masks", () => {
    expect(commandSettings({ exact: true, masks: ["x"] }, "/srv")).toMatchObject({
      tolerance: undefined,
      pictureTolerance: 0,
      masks: [{ as: "<masked>" }],
    });
  });

  test.each(["ignore-output", "nbval-ignore-output", "nbval-skip"])("the tag %s leaves the cell out", (tag) =>
    expect(of(undefined, tag).isIgnored).toBe(true),
  );

  test.each([
    [{ tolerence: 1 }, /there is no setting cairn\.test\.tolerence\n {2}hint: did you mean "tolerance"\?/],
    [{ tolerance: "1" }, /the metadata of cell 1 of a\.ipynb: cairn\.test\.tolerance must be a number ≥ 0, got "1"/],
    [{ tolerance: { relativ: 1 } }, /must be \{ "relative": number, "absolute": number \}/],
    [{ ignore: [1] }, /ignore must be a string, or a list of strings, got \[1\]/],
    [{ mask: { as: "x" } }, /mask must be a regular expression/],
    [{ mask: "[" }, /is not a regular expression/],
    [[], /cairn\.test must be an object/],
  ])("%j is refused", (own, message) => {
    expect(() => of(own)).toThrow(InputError);
    expect(() => of(own)).toThrow(message);
  });

  test("a tag with no number is refused", () =>
    expect(() => of(undefined, "tolerance:much")).toThrow(/the tag tolerance:much of cell 1 of a\.ipynb must be a number ≥ 0/));
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FormatError } from "../../kernel-helpers/errors.ts";
import {
  datasetPath,
  loadCatalogue,
  loadCorpus,
  loadDataset,
  loadDictionary,
  loadEnglish,
  loadHandbook,
  loadPoems,
  loadRequests,
  loadSimilarity,
  loadTickets,
  meaningsOf,
  readCsv,
  readJsonLines,
  readText,
  toDataFrame,
} from "../../kernel-helpers/data/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "cairn-data-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (text: string): string => {
  const file = path.join(folder, "file");
  writeFileSync(file, text);
  return file;
};

describe("readers", () => {
  test("read a record a line, keep further fields and skip empty lines", async () => {
    const file = written('\uFEFF{"id":"a","more":1}\r\n\r\n{"id":"b"}\r\n');
    expect(await readJsonLines<{ id: string }>(file, { id: "string" })).toEqual([{ id: "a", more: 1 }, { id: "b" }]);
    expect(await readText(file)).toBe('{"id":"a","more":1}\n\n{"id":"b"}\n');
  });

  test.each([
    ['{"id":"a"}\n{"id":', /file:2:7: not valid JSON: it ends too soon\n {2}hint: was the file cut short/],
    ['{"id":"a"}\n{"id": "b",}', /file:2:12: not valid JSON: a property name in "…" is expected/],
    ['{"id":"a"} {"id":"b"}', /file:1:12: not valid JSON: there is more after the end/],
    ['{"id": null}', /file:1: field "id" must be a string, but is null/],
    [
      '{"id":"a"}\n\n{"id":7}',
      /file:3: field "id" must be a string, but is a number\n {2}hint: compare with the lines around it; a record has the fields id/,
    ],
    ['{"name":"a"}', /file:1: field "id" must be a string, but is missing/],
    ["[1]", /file:1: expected an object, found an array of 1\n {2}hint: every line is one JSON object/],
  ])("name the line of what is wrong: %j", async (text, message) => {
    const reading = readJsonLines<{ id: string }>(written(text), { id: "string" });
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(message);
  });

  test("give DataFrames of danfojs for CSV and for records", async () => {
    const file = `${written("city,people\nParis,2.1\nLyon,0.5\n")}.csv`;
    writeFileSync(file, "city,people\nParis,2.1\nLyon,0.5\n");
    const cities = await readCsv(file);
    expect(cities.columns).toEqual(["city", "people"]);
    expect(cities.values).toEqual([
      ["Paris", 2.1],
      ["Lyon", 0.5],
    ]);
    expect((await readCsv(written('a,b\n1,"x, ""y"""\n\n ,\n2,z'))).values).toEqual([
      [1, 'x, "y"'],
      [2, "z"],
    ]);
    expect((await readCsv(written("a,b\n"))).columns).toEqual(["a", "b"]);
    const { products } = await loadCatalogue();
    const frame = await toDataFrame(products);
    expect(frame.shape).toEqual([products.length, 8]);
    expect(frame["price"].max()).toBe(Math.max(...products.map((product) => product.price)));
  });
});

describe("a CSV file", () => {
  test.each([
    ["", "1: it is empty", { line: 1 }],
    ["a,b,a\n1,2,3", '1: the column "a" appears twice in the header', { line: 1, column: "a" }],
    ["a,b\n1,2\n1,2,3\n", "3: expected 2 fields, found 3", { line: 3, expected: 2, found: 3 }],
    ['a,b\n"1\n1",2\n\n3\n', "5: expected 2 fields, found 1", { line: 5, expected: 2, found: 1 }],
    ['a,b\n1,2\n1,"2\n3,4\n', "3: a quote is not closed", { line: 3 }],
    ['a,b\n1,"2"3\n', "2: a quote is not closed", { line: 2 }],
    ['a,"b\n1,2\n', "1: a quote is not closed", { line: 1 }],
    ["a;b\n1;2\n", '1: the fields seem to be separated by ";"', { line: 1, delimiter: ";" }],
  ])("%j is refused with its line", async (text, message, facts) => {
    const file = written(text);
    await expect(readCsv(file)).rejects.toThrow(`${file}:${message}\n  hint: `);
    await expect(readCsv(file)).rejects.toMatchObject({ code: "ERR_FORMAT", facts: { file, ...facts } });
  });
});

test("a CSV file may have another delimiter", async () => {
  const frame = await readCsv(written('a;b\n1;"x;y"\n'), { delimiter: ";" });
  expect([frame.columns, frame.values]).toEqual([["a", "b"], [[1, "x;y"]]]);
  await expect(readCsv(written("a\n"), { delimiter: "" as never })).rejects.toThrow('delimiter must be one of ",", ";", "\t", "|", got ""');
  await expect(readCsv(written("a\n"), { sep: ";" } as never)).rejects.toThrow('options has no option "sep"');
});

describe("records", () => {
  test("have a column for each field that any of them has", async () => {
    const frame = await toDataFrame([{ a: 1 }, { b: "x", a: 2 }, { b: null, tags: ["u", "v"] }]);
    expect(frame.columns).toEqual(["a", "b", "tags"]);
    expect(frame.values).toEqual([
      [1, NaN, NaN],
      [2, "x", NaN],
      [NaN, NaN, "u, v"],
    ]);
  });

  test("are objects", async () => {
    await expect(toDataFrame(null as never)).rejects.toThrow("records must be an array, got null");
    await expect(toDataFrame([{}, 1 as never])).rejects.toThrow("records[1] must be a plain object, got 1");
  });
});

describe("the course's own data", () => {
  test("histories name products of the catalogue", async () => {
    const { products, histories } = await loadDataset("catalogue");
    expect(products.length).toBeGreaterThanOrEqual(200);
    expect(products.find((product) => product.nameZh === "三体")?.id).toBe("p001");
    expect(histories.length).toBeGreaterThan(100);
  });

  test("a history of a product that does not exist is refused", async () => {
    writeFileSync(
      path.join(folder, "products.jsonl"),
      '{"id":"p1","name":"","nameZh":"","category":"","price":1,"tags":[],"description":"","descriptionZh":""}',
    );
    writeFileSync(path.join(folder, "histories.jsonl"), '{"user":"u1","events":[{"product":"p2"}]}');
    await expect(loadCatalogue(folder)).rejects.toThrow(
      "the history of u1 names the product p2, which does not exist\n  hint: the files of a data set belong together: restore both",
    );
  });

  test("the handbook's questions name passages that exist, or are refused", async () => {
    const { passages, questions } = await loadDataset("handbook");
    expect(passages.length).toBeGreaterThanOrEqual(150);
    expect(questions.filter((question) => question.kind === "unanswerable").every((question) => !question.answerable)).toBe(true);
    writeFileSync(path.join(folder, "passages.jsonl"), '{"id":"h1","language":"en","title":"","section":"","text":""}');
    writeFileSync(
      path.join(folder, "questions.jsonl"),
      '{"id":"q1","language":"en","kind":"fact","question":"","answers":[{"passage":"h2","text":""}],"answerable":true}',
    );
    await expect(loadHandbook(folder)).rejects.toThrow(
      "question q1 names the passage h2, which does not exist\n  hint: the files of a data set belong together: restore both",
    );
  });

  test("tickets have their groups", async () => {
    const tickets = await loadTickets();
    expect(tickets.length).toBeGreaterThanOrEqual(300);
    expect(tickets.filter((ticket) => ticket.group).length).toBeGreaterThan(50);
  });

  test("similar sentences have their score, which is a number, or are refused", async () => {
    const pairs = await loadDataset("similarity");
    expect(pairs.length).toBeGreaterThanOrEqual(200);
    writeFileSync(path.join(folder, "pairs.jsonl"), JSON.stringify({ ...pairs[0], score: "5" }));
    await expect(loadSimilarity(folder)).rejects.toThrow('pairs.jsonl:1: field "score" must be a number, but is a string');
  });

  test("requests name tools that exist, or are refused", async () => {
    const { tools, requests } = await loadDataset("requests");
    expect(tools.map(({ name }) => name)).toContain("weather");
    expect(requests.length).toBeGreaterThanOrEqual(600);
    writeFileSync(path.join(folder, "tools.jsonl"), '{"name":"timer","description":"","parameters":{}}');
    const request = { id: "r1", split: "test", language: "en", kind: "call", family: "", request: "", answer: { tool: "clock" } };
    writeFileSync(path.join(folder, "requests.jsonl"), JSON.stringify(request));
    await expect(loadRequests(folder)).rejects.toThrow("the answer to r1 names the tool clock, which does not exist");
    writeFileSync(path.join(folder, "requests.jsonl"), JSON.stringify({ ...request, answer: [] }));
    await expect(loadRequests(folder)).rejects.toThrow('field "answer" must be an object, but is an array');
  });

  test("a name that is not known is refused with the nearest, or with all", async () => {
    await expect(loadDataset("poem" as never)).rejects.toThrow('got "poem"\n  hint: did you mean "poems"?');
    await expect(loadDataset("mnist" as never)).rejects.toThrow(
      'name must be one of "catalogue", "cc-cedict", "handbook", "moby-dick", "pingshui", "poems", "requests", "similarity", "tickets", "tiny-shakespeare", got "mnist"\n  hint: use one of',
    );
    await expect(loadDataset(null as never)).rejects.toMatchObject({ code: "ERR_ARGUMENT", facts: { argument: "name", value: null } });
  });
});

describe("texts", () => {
  test("Tang poems, as many as asked", async () => {
    const poems = await loadPoems({ limit: 1500 });
    expect(poems).toHaveLength(1500);
    expect(poems[0]).toMatchObject({ author: "太宗皇帝", title: "帝京篇十首 一" });
    expect(poems[0]!.text.split("\n")[0]).toBe("秦川雄帝宅，函谷壯皇居。");
    const anthology = await loadPoems({ collection: "three-hundred" });
    expect(anthology.find((poem) => poem.title === "在嶽詠蟬")).toMatchObject({ author: "駱賓王" });
    expect(anthology.every((poem) => poem.tags.length > 0)).toBe(true);
  });

  test("Moby-Dick in its order", async () => {
    const chapters = await loadEnglish();
    expect(chapters).toHaveLength(135);
    expect(chapters[0]!.text.startsWith("Call me Ishmael.")).toBe(true);
    expect(chapters.at(-1)!.title).toMatch(/^The Chase/);
  });
});

describe("the dictionary", () => {
  test("has CC-CEDICT's entries in both scripts, one for each reading", async () => {
    const dictionary = await loadDictionary();
    expect(dictionary).toHaveLength(124_263);
    expect(dictionary.filter(({ simplified }) => simplified === "性价比")).toEqual([
      { simplified: "性价比", traditional: "性價比", pinyin: "xing4 jia4 bi3", glosses: ["cost-performance ratio"] },
    ]);
    const readings = dictionary.filter(({ simplified, traditional }) => simplified === "行" && traditional === "行");
    expect(readings.map(({ pinyin }) => pinyin)).toEqual(expect.arrayContaining(["hang2", "xing2"]));
  });

  test("gives meanings without remarks, references, names and measure words", () => {
    const meanings = (...glosses: string[]): string[] => meaningsOf({ simplified: "字", traditional: "字", pinyin: "zi4", glosses });
    expect(meanings("(hulled or husked) uncooked rice", "meter (unit of length)", "CL:粒[li4]", "surname Mi")).toEqual([
      "uncooked rice",
      "meter",
    ]);
    expect(meanings("old variant of 沖[chong1]", "variant of 家具[jia1 ju4]", "see 蘊藏[yun4 cang2]", "erhua variant of 花[hua1]")).toEqual(
      [],
    );
    expect(meanings("to see; to watch", "seedling", "variant reading")).toEqual(["to see; to watch", "seedling", "variant reading"]);
    expect(meanings("abbr. for 北京大學|北京大学[Bei3 jing1 Da4 xue2], Peking University", "(bound form)")).toEqual([]);
    expect(meanings("to lose (face), as in 丟臉|丢脸[diu1 lian3]; to throw away")).toEqual(["to lose, as in; to throw away"]);
  });

  test("refuses what is not an entry", () => {
    expect(() => meaningsOf("米" as never)).toThrow(
      'entry must be a plain object, got "米"\n  hint: pass one of what loadDictionary returns',
    );
  });
});

describe("a corpus", () => {
  test("of English is the whole novel, cut at nine tenths", async () => {
    const { train, validation } = await loadCorpus("moby-dick");
    expect([train.length, validation.length]).toEqual([1_069_204, 118_801]);
    expect(train.startsWith("Loomings.\n\nCall me Ishmael.")).toBe(true);
  });

  test("of poems shares no couplet between its parts", async () => {
    const { train, validation } = await loadCorpus("poems", { limit: 5000 });
    const couplets = new Set(train.split("\n").filter((line) => line !== ""));
    expect(validation.split("\n").filter((line) => couplets.has(line))).toEqual([]);
    const counts = [train, validation].map((text) => text.split("\n\n").length - 1);
    expect(counts).toEqual([4500, 439]); // 61 of 500 stand in the collection twice, whole or in part
  });

  test("of another name is refused with those that are, and so are options that it does not have", async () => {
    await expect(loadCorpus("hamlet" as never)).rejects.toThrow(
      'name must be one of "moby-dick", "poems", "tiny-shakespeare", got "hamlet"',
    );
    await expect(loadCorpus("moby-dick", { limit: 5 })).rejects.toThrow(
      'options.limit must be left out for "moby-dick", got 5\n  hint: only poems can be limited',
    );
    await expect(loadCorpus("poems", { limit: -1 })).rejects.toThrow("limit must be an integer ≥ 0, got -1");
    await expect(loadPoems({ limit: NaN })).rejects.toThrow("limit must be an integer ≥ 0, got NaN");
    await expect(loadPoems({ collection: "300" as never })).rejects.toThrow('collection must be one of "all", "three-hundred", got "300"');
    await expect(loadPoems({ limt: 3 } as never)).rejects.toThrow('options has no option "limt"\n  hint: did you mean "limit"?');
    expect(await loadPoems({ limit: 0 })).toEqual([]);
  });
});

describe("columns that a DataFrame uses for itself", () => {
  test.each(["shape", "values", "columns", "index", "dtypes", "$data"])("%s is refused, as it would break the frame", async (name) => {
    const message = new RegExp(`cannot have a column named "${name.replace("$", "\\$")}"`);
    await expect(readCsv(written(`${name},b\n1,2\n`))).rejects.toThrow(message);
    await expect(toDataFrame([{ [name]: 1 }])).rejects.toThrow(message);
  });

  test.each(["size", "count", "mean", "__proto__", "constructor", ""])("%j is a name like any other", async (name) => {
    const frame = await readCsv(written(`${name},b\n1,2\n3,4\n`));
    expect(frame.columns).toEqual([name, "b"]);
    expect(frame.values).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    expect(frame.shape).toEqual([2, 2]);
  });
});

test("a table whose lines end with carriage returns alone is refused, not read as one header", async () => {
  await expect(readCsv(written("a,b\r1,2\r"))).rejects.toThrow(/:1: its lines end with carriage returns alone/);
});

test("a record with a symbol or a function is refused by its name", async () => {
  await expect(toDataFrame([{ a: 1 }, { a: Symbol("x") }])).rejects.toThrow(/records\[1\].a must be .*got Symbol\(x\)/);
  await expect(toDataFrame([{ a: () => 1 }])).rejects.toThrow(/records\[0\].a must be/);
});

test.each(["", "..", "/etc", "handbook/../.."])("%j is not a data set of the course", (name) => {
  expect(() => datasetPath(name)).toThrow(/no data set|not empty/);
});

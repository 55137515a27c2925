/** Poems whose form the textbooks tell (Wang Li, 詩詞格律), and the rhyme groups as they are. */
import { beforeAll, describe, expect, test } from "vitest";
import { checkVerse, type VerseForm } from "../../kernel-helpers/alignment/index.ts";
import { loadRhymes, type Rhymes } from "../../kernel-helpers/data/index.ts";

let rhymes: Rhymes;
beforeAll(async () => void (rhymes = await loadRhymes()));
const of = (text: string, form: Omit<VerseForm, "rhymes"> = {}) => checkVerse(text, { rhymes, ...form });

describe("the rhymes of Tang poetry", () => {
  test("are 106 groups, 30 of them level", () => {
    const groups = new Map([...rhymes.values()].flat().map(({ group, tone }) => [group, tone]));
    expect(groups.size).toBe(106);
    expect([...groups.values()].filter((tone) => tone === "level")).toHaveLength(30);
    expect(rhymes.get("東")).toEqual([{ group: "上平聲一東", tone: "level" }]);
    expect(rhymes.get("目")![0]!.tone).toBe("oblique"); // an entering tone, which today's Mandarin has lost
  });
});

describe("the form of a poem", () => {
  const stork = "白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"; // 王之渙《登鸛雀樓》, 五絕
  const baidi = "朝辭白帝彩雲間，千里江陵一日還。兩岸猿聲啼不住，輕舟已過萬重山。"; // 李白《早發白帝城》, 七絕
  const view = "國破山河在，城春草木深。感時花濺淚，恨別鳥驚心。烽火連三月，家書抵萬金。白頭搔更短，渾欲不勝簪。"; // 杜甫《春望》, 五律

  test("is right in quatrains and an octave that are models of it", () => {
    expect(of(stork)).toEqual({ lines: true, characters: true, rhyme: true, tones: true, isRight: true, share: 1 });
    expect(of(baidi, { characters: 7 }).isRight).toBe(true);
    expect(of(view, { lines: 8 }).isRight).toBe(true);
  });

  test("of an old-style quatrain has its rhyme, and not the tones", () => {
    // 李白《靜夜思》 is an old-style quatrain (古絕): in the Tang text its couplets do not agree.
    expect(of("床前看月光，疑是地上霜。舉頭望山月，低頭思故鄉。")).toMatchObject({ rhyme: true, tones: false, isRight: false });
  });

  test("is wrong by what was changed", () => {
    expect(of(stork.replace("，更上一層樓。", ""))).toMatchObject({ lines: false });
    expect(of(stork.replace("黃河入海流", "黃河入海"))).toMatchObject({ lines: true, characters: false });
    expect(of(stork.replace("樓", "山"))).toMatchObject({ characters: true, rhyme: false });
    expect(of(stork.replace("千", "萬"))).toMatchObject({ isRight: true }); // the third place is free
    expect(of(stork.replace("窮", "去"))).toMatchObject({ rhyme: true, tones: false });
    expect(of(stork.replace("樓", "流"))).toMatchObject({ rhyme: false }); // a word does not rhyme with itself
  });

  test("counts rule by rule, so that a learner gets from nothing to all", () => {
    const shares = ["", "白日依山盡", "白日依山盡，黃河入海流", stork].map((text) => of(text).share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
  });

  test("without the rhymes is refused", () => {
    expect(() => checkVerse(stork, {} as VerseForm)).toThrow("pass await loadRhymes(), of the room data");
  });
});

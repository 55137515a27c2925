/** JSON, with the line and the column of what is wrong with it. */
import { parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import { FormatError } from "../errors.ts";

export interface JsonSource {
  /** Named in errors. */
  file: string;
  /** The line of the file that the text begins on. @default 1 */
  line?: number;
  /** What the reader can do about it. */
  hint?: string;
}

/** @throws {FormatError} The text is not JSON. Facts: file, line, column (both from 1), offset, problem. */
export function parseJson(text: string, { file, line: firstLine = 1, hint = "was the file cut short or edited?" }: JsonSource): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { offset, problem } = firstProblem(text);
    const before = text.slice(0, offset).split("\n");
    const [line, column] = [firstLine + before.length - 1, before.at(-1)!.length + 1];
    throw new FormatError(`${file}:${line}:${column}: not valid JSON: ${problem}`, {
      hint,
      cause,
      facts: { file, line, column, offset, problem },
    });
  }
}

/** JSON.parse says where only in its message, and not always; jsonc-parser says where and what. */
function firstProblem(text: string): { offset: number; problem: string } {
  if (text.trim() === "") return { offset: 0, problem: "it is empty" };
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors.toSorted((one, other) => one.offset - other.offset);
  if (!first) return { offset: 0, problem: "a parser refuses it" };
  if (first.offset >= text.trimEnd().length) return { offset: first.offset, problem: "it ends too soon" };
  return { offset: first.offset, problem: problems[printParseErrorCode(first.error)] ?? "unexpected text" };
}

const problems: Readonly<Record<string, string>> = {
  InvalidSymbol: "unexpected text",
  InvalidNumberFormat: "a number is malformed",
  PropertyNameExpected: 'a property name in "…" is expected',
  ValueExpected: "a value is expected",
  ColonExpected: "a colon is expected",
  CommaExpected: "a comma is expected",
  CloseBraceExpected: "a closing brace is expected",
  CloseBracketExpected: "a closing bracket is expected",
  EndOfFileExpected: "there is more after the end",
  InvalidCommentToken: "comments are not allowed",
  UnexpectedEndOfComment: "comments are not allowed",
  UnexpectedEndOfString: "a string is not closed",
  UnexpectedEndOfNumber: "a number is malformed",
  InvalidUnicode: "an escape \\u needs four hexadecimal digits",
  InvalidEscapeCharacter: "an escape is unknown",
  InvalidCharacter: "a string holds a control character",
};

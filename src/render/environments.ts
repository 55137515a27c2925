/** Environments that KaTeX lacks, written as those it has. */

/** Pieces of LaTeX between which nothing is nested: at each separator outside braces and environments. */
export function split(tex: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of tex.matchAll(/\\(?:begin|end)(?![a-zA-Z])|\\\\|\\[^]|[{}&]/g)) {
    if (token === "{" || token === "\\begin") depth++;
    else if (token === "}" || token === "\\end") depth--;
    else if (token === separator && depth === 0) {
      parts.push(tex.slice(from, index));
      from = index + token.length;
    }
  }
  return [...parts, tex.slice(from)];
}

/** `a &=& b` of eqnarray is `a &= b` of align. */
export const asAlign = (row: string): string => {
  const [left = "", relation, ...right] = split(row, "&");
  return relation === undefined ? row : `${left}&${relation}${right.join(" ")}`;
};

/**
 * The rows of a multline: the first at the left, the last at the right, the others in the middle of a column that is wider than all of them. What
 * is written besides the column has no width.
 */
export function multline(body: string): string {
  const rows = split(body, "\\\\");
  const lines = rows.map((row, index) => {
    const [, side, moved = row] = /^\s*\\shove(left|right)\s*\{([^]*)\}\s*$/.exec(row) ?? [];
    const room = `\\hphantom{${moved}}\\qquad\\qquad`;
    if (side === "left" || (side === undefined && index === 0 && rows.length > 1)) return `\\mathrlap{${moved}}&${room}&`;
    if (side === "right" || (side === undefined && index === rows.length - 1 && index > 0)) return `&${room}&\\mathllap{${moved}}`;
    return `&${moved}&`;
  });
  return `\\begin{darray}{lcr}${lines.join("\\\\")}\\end{darray}`;
}

/** The columns of a table as KaTeX knows them: their sides and the lines between them. */
function columnsOf(specification: string): string {
  const repeated = specification.replace(/\*\s*\{(\d{1,2})\}\s*\{([^{}]*)\}/g, (_, count: string, columns: string) =>
    columns.repeat(Number(count)),
  );
  return repeated
    .replace(/[@!<>]\s*\{[^{}]*\}/g, "")
    .replace(/[pmbwWX]\s*(?:\{[^{}]*\})*/g, "l")
    .replace(/[^lcr|:]/g, "");
}

/** A text's table as an array of texts, in which formulas stand between dollar signs as they did. */
function tabular(specification: string, body: string): string {
  const rows = split(body, "\\\\").map((row) => {
    const [, lines = "", rest = ""] = /^((?:\s|\\(?:hline|toprule|midrule|bottomrule)(?![a-zA-Z]))*)([^]*)$/.exec(row) ?? [];
    const cells = split(rest, "&").map((cell) => (cell.trim() === "" ? "" : `\\text{${cell.trim()}}`));
    return "\\hline ".repeat(lines.match(/\\/g)?.length ?? 0) + cells.join("&");
  });
  return `\\begin{array}{${columnsOf(specification)}}${rows.join("\\\\")}\\end{array}`;
}

/** A specification of columns, whose own braces go two levels deep. */
const specification = String.raw`\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}`;
const tables = new RegExp(
  String.raw`\\begin\s*\{tabular\*?\}(?:\s*\[[^\]]*\])?\s*${specification}((?:(?!\\(?:begin|end)\s*\{tabular)[^])*)\\end\s*\{tabular\*?\}`,
  "g",
);
const arrays = new RegExp(String.raw`\\begin\s*\{(d?array)\}(?:\s*\[[^\]]*\])?\s*${specification}`, "g");
const numberedCases = /\\begin\s*\{(?:sub)?numcases\}\s*\{([^{}]*)\}/g;

/** LaTeX as KaTeX knows it. */
export function forKatex(tex: string): string {
  if (!/\\begin\s*\{/.test(tex)) return tex;
  return tex
    .replace(tables, (_, columns: string, body: string) => tabular(columns, body))
    .replace(arrays, (_, name: string, columns: string) => `\\begin{${name}}{${columnsOf(columns)}}`)
    .replace(numberedCases, "$1\\begin{cases}")
    .replace(/\\end\s*\{(?:sub)?numcases\}/g, "\\end{cases}")
    .replace(
      /\\begin\s*\{multlined\}(?:\s*\[[^\]]*\])?((?:(?!\\(?:begin|end)\s*\{multlined)[^])*)\\end\s*\{multlined\}/g,
      (_, body: string) => multline(body),
    )
    .replace(/\\(begin|end)\s*\{xx?alignat(\*?)\}/g, "\\$1{alignat$2}")
    .replace(
      /\\begin\s*\{empheq\}(?:\s*\[[^\]]*\])?\s*\{(\w+\*?)(?:=\d+)?\}((?:(?!\\begin\s*\{empheq)[^])*?)\\end\s*\{empheq\}/g,
      "\\begin{$1}$2\\end{$1}",
    )
    .replace(/\\(?:begin|end)\s*\{(?:math|displaymath|center)\}/g, "");
}

const display = /\\begin\s*\{((?:equation|align|alignat|flalign|gather|eqnarray|multline)\*?)\}/g;

/** The formulas within a group, and the words between them as formulas of text. */
export function formulasIn(tex: string): string[] {
  const formulas: string[] = [];
  const words = (text: string): void => {
    if (text.trim() !== "") formulas.push(`\\text{${text.trim()}}`);
  };
  let from = 0;
  display.lastIndex = 0;
  for (let match = display.exec(tex); match; match = display.exec(tex)) {
    const closing = `\\end{${match[1]}}`;
    const end = tex.indexOf(closing, match.index);
    if (end < 0) break;
    words(tex.slice(from, match.index));
    from = display.lastIndex = end + closing.length;
    formulas.push(tex.slice(match.index, from));
  }
  words(tex.slice(from));
  return formulas;
}

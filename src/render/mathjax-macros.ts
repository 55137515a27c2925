/** Commands of MathJax, of amsmath's relatives and of plain TeX that KaTeX lacks, by what it has. */
import { argument, macro, optional, textOf, type Expander, type Macro } from "./macros.ts";

/** The tokens before a command, such as `\of`, which is taken away. */
function until(expander: Expander, end: string): string {
  const tokens: { text: string }[] = [];
  for (let token = expander.popToken(); token.text !== end; token = expander.popToken()) {
    if (token.text === "EOF") throw new Error(`${end} is missing`);
    tokens.unshift(token);
  }
  return textOf(tokens);
}

/** A length, with or without braces. */
function lengthOf(expander: Expander): string {
  expander.consumeSpaces();
  if (expander.future().text === "{") return argument(expander);
  let length = "";
  while (!/[a-z]{2}$/.test(length)) {
    const { text } = expander.popToken();
    if (!/^[\d.a-z +-]$/.test(text)) throw new Error(`"${length}${text}" is not a length`);
    length += text;
  }
  return length.replaceAll(" ", "");
}

const raised = (sign: string): Macro =>
  macro((expander) => {
    const length = lengthOf(expander);
    return `\\raisebox{${sign === "-" && length.startsWith("-") ? length.slice(1) : sign + length}}{$${argument(expander)}$}`;
  });

/** What MathML calls an enclosure. Round ones have corners here. */
const enclosures: Record<string, string> = {
  box: "\\boxed{#}",
  circle: "\\boxed{#}",
  roundedbox: "\\boxed{#}",
  updiagonalstrike: "\\cancel{#}",
  downdiagonalstrike: "\\bcancel{#}",
  horizontalstrike: "\\sout{#}",
  top: "\\overline{#}",
  bottom: "\\underline{#}",
  left: "\\left|#\\right.",
  right: "\\left.#\\right|",
  radical: "\\sqrt{#}",
  longdiv: "\\overline{\\smash{)}#}",
  actuarial: "\\overline{#\\,}\\!\\!\\mid",
};

const enclose = macro((expander) => {
  const names = argument(expander).trim().split(/\s+/);
  optional(expander);
  return names.reduce(
    (inner, name) => (Object.hasOwn(enclosures, name) ? enclosures[name]!.replace("#", () => inner) : inner),
    argument(expander),
  );
});

/** A ground, a frame, or both. */
const boxed = macro((expander) => {
  const words = textOf(optional(expander) ?? [])
    .split(",")
    .map((word) => word.trim());
  const inner = `$\\displaystyle ${argument(expander)}$`;
  const colour = /^(?:#[\da-f]{3,6}|[a-z]+)$/i;
  const ground = words.find((word) => colour.test(word));
  const border = words.find((word) => word.startsWith("border"));
  if (border === undefined) return ground === undefined ? `\\text{${inner}}` : `\\colorbox{${ground}}{${inner}}`;
  const line = border.split(/[\s:]+/).find((word, at) => at > 0 && colour.test(word) && !/^(?:solid|dashed|dotted|double)$/.test(word));
  return `\\fcolorbox{${line ?? "black"}}{${ground ?? "transparent"}}{${inner}}`;
});

const character = macro((expander) => {
  optional(expander);
  const code = argument(expander).trim();
  const point = /^x[\da-f]{1,6}$/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code);
  if (!(point > 31 && point <= 0x10ffff) || /[\\{}$&#^_%~]/.test(String.fromCodePoint(point)))
    throw new Error(`${code} is not a character`);
  return `\\text{${String.fromCodePoint(point)}}`;
});

const pairedDelimiter = macro((expander) => {
  const [name, left, right] = [argument(expander).trim(), argument(expander), argument(expander)];
  const use = macro((user) => {
    user.consumeSpaces();
    const star = user.future().text === "*";
    if (star) user.popToken();
    const size = textOf(optional(user) ?? []).trim();
    const inner = argument(user);
    if (star) return `\\left${left}${inner}\\right${right}`;
    return size === "" ? `{${left}${inner}${right}}` : `{${size}l${left}${inner}${size}r${right}}`;
  });
  expander.macros.set(name, use, true);
  return "";
});

/** The first state of what a click would change. */
const toggle = macro((expander) => {
  const [first = ""] = [argument(expander)];
  until(expander, "\\endtoggle");
  return first;
});

/** What would be seen of it by a pointer has no place here. */
const first = macro((expander) => {
  const shown = argument(expander);
  argument(expander);
  return `{${shown}}`;
});

/** What is said of the second argument has no place here. */
const second = macro((expander) => (argument(expander), `{${argument(expander)}}`));

const columns = (cell: string, count: string): string =>
  [cell, ...Array.from({ length: Math.min(50, Number(count) || 1) - 1 }, () => cell)].join("&");

export const mathjaxMacros: Record<string, Macro> = {
  "\\cancelto": "{\\cancel{#2}}^{#1}",
  "\\enclose": enclose,
  "\\bbox": boxed,
  "\\class": second,
  "\\cssId": second,
  "\\style": second,
  "\\texttip": first,
  "\\mathtip": first,
  "\\toggle": toggle,
  "\\unicode": character,
  "\\buildrel": macro((expander) => `\\mathrel{\\overset{${until(expander, "\\over")}}{${argument(expander)}}}`),
  "\\root": macro((expander) => `\\sqrt[${until(expander, "\\of")}]{${argument(expander)}}`),
  "\\raise": raised(""),
  "\\lower": raised("-"),
  "\\sideset": "\\mathop{{\\vphantom{#3}}#1#3\\nolimits#2}\\limits",
  "\\prescript": "{}^{#1}_{#2}#3",
  "\\hdotsfor": macro((expander) => (optional(expander), columns("\\dots", argument(expander)))),
  "\\multicolumn": macro((expander) => {
    const count = argument(expander);
    argument(expander);
    return argument(expander) + columns("", count);
  }),
  "\\cline": macro((expander) => (argument(expander), "")),
  "\\intertext": "\\mathrlap{\\text{#1}}\\\\",
  "\\shortintertext": "\\mathrlap{\\text{#1}}\\\\",
  "\\hfill": "\\quad",
  "\\hfil": "\\quad",
  "\\displaylines": "\\begin{gathered}#1\\end{gathered}",
  "\\eqalign": "\\begin{aligned}#1\\end{aligned}",
  "\\eqalignno": "\\begin{darray}{rll}#1\\end{darray}",
  "\\leqalignno": "\\begin{darray}{rll}#1\\end{darray}",
  "\\cases": "\\begin{cases}#1\\end{cases}",
  "\\matrix": "\\begin{matrix}#1\\end{matrix}",
  "\\pmatrix": "\\begin{pmatrix}#1\\end{pmatrix}",
  "\\skew": macro((expander) => (argument(expander), "")),
  "\\scr": "\\mathscr",
  "\\iiiint": "\\iint\\!\\!\\iint",
  "\\idotsint": "\\int\\!\\cdots\\!\\int",
  "\\nicefrac": "{}^{#1}\\!/_{#2}",
  "\\textsc": "\\text",
  "\\textsl": "\\textit",
  "\\celsius": "{}^\\circ\\mathrm{C}",
  "\\micro": "\\text{µ}",
  "\\euro": "\\text{€}",
  "\\DeclarePairedDelimiter": pairedDelimiter,
  "\\mathds": "\\mathbb",
  "\\mathbbm": "\\mathbb",
  "\\iddots": "\\mathinner{\\text{⋰}}",
  "\\adots": "\\mathinner{\\text{⋰}}",
  "\\mspace": "\\mkern#1",
  "\\Rule": "\\rule{#1}{#2}",
  "\\framebox": "\\fbox",
  "\\uline": "\\underline",
  "\\Tiny": "\\tiny",
  "\\ul": "\\underline",
  "\\null": "{}",
  "\\strut": "\\mathstrut",
  "\\overparen": "\\overgroup",
  "\\underparen": "\\undergroup",
  "\\overunderset": "\\overset{#1}{\\underset{#2}{#3}}",
  "\\bigtimes": "\\mathop{\\Large\\times}\\limits",
  "\\ensuremath": "{#1}",
  "\\vbox": "\\hbox",
};

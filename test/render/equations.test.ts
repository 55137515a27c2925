/** Formulas of one page: definitions, numbers, references, and the environments that KaTeX lacks. */
import { array, assert, asyncProperty, constantFrom } from "fast-check";
import { expect, test, vi } from "vitest";
import { PageMath } from "../../src/render/equations.ts";
import { renderNotebook } from "../../src/render/index.ts";
import { code, markdown, notebookOf, shown } from "./sample.ts";

/** What a reader sees of each cell, without the copy for those who listen. */
async function seen(...texts: string[]): Promise<string[]> {
  const html = await renderNotebook(notebookOf(texts.map((text) => markdown(text))));
  expect(html).not.toContain('class="math-error"');
  return html
    .split('<div class="cell markdown">')
    .slice(1)
    .map((cell) =>
      cell
        .replace(/<\/main>.*/s, "")
        .replace(/<span class="katex-mathml">.*?<\/math><\/span>/gs, "")
        .replace(/<[^>]*>|\u200b|\s/g, ""),
    );
}

test.each([
  ["a definition", ["$\\newcommand{\\R}{Q}$", "$\\R$"], ["", "Q"]],
  ["a second definition", ["$\\newcommand{\\q}{a}\\q$ $\\newcommand{\\q}{b}\\q$", "$\\q$"], ["ab", "b"]],
  ["a definition in an environment", ["\\begin{align*}\\newcommand{\\q}{a}\\end{align*}", "$\\q$"], ["", "a"]],
  ["a definition without braces, one by \\def", ["$\\newcommand\\q{a}\\def\\p#1{(#1)}$", "$\\q\\p b$"], ["", "a(b)"]],
  ["\\renewcommand of nothing, \\providecommand", ["$\\renewcommand{\\q}{a}\\providecommand{\\q}{b}$", "$\\q$"], ["", "a"]],
  ["arguments with a standard value", ["$\\newcommand{\\q}[2][5]{#1+#2}$", "$\\q{3} \\q[4]{2}$"], ["", "5+34+2"]],
  ["operators", ["$\\DeclareMathOperator{\\tr}{tr}\\DeclareMathOperator*{\\am}{arg\\,max}$", "$\\tr \\am$"], ["", "trargmax"]],
  ["\\mbox, \\require, \\ce", ["$\\mbox{a b}$ $\\require{mhchem}\\ce{CO}$"], ["abCO"]],
])("%s holds for the rest of the page", async (_, texts, result) => {
  expect((await seen(...texts)).map((text) => text.replaceAll("\u00a0", "").replaceAll("\u2061", ""))).toEqual(result);
});

test.each([
  ["\\begin{align} a \\\\ b \\notag \\\\ c \\end{align}", "\\begin{align*} a \\tag{1}\\\\ b \\\\ c \\tag{2}\\end{align*}"],
  ["\\begin{align} a \\tag{x} \\\\ b \\\\ \\end{align}", "\\begin{align*} a \\tag{x} \\\\ b \\tag{1}\\\\ \\end{align*}"],
  ["\\begin{align*} a \\\\ b \\label{q} \\end{align*}", "\\begin{align*} a \\\\ b  \\tag{1}\\end{align*}"],
  [
    "\\begin{equation}\\begin{split} a \\\\ b \\end{split}\\end{equation}",
    "\\begin{equation*}\\begin{split} a \\\\ b \\end{split}\\tag{1}\\end{equation*}",
  ],
  [
    "\\begin{eqnarray} a &=& \\frac{b & c}{d} \\\\ && + e \\end{eqnarray}",
    "\\begin{align*} a &= \\frac{b & c}{d} \\tag{1}\\\\ & + e \\tag{2}\\end{align*}",
  ],
  [
    "\\begin{multline} a \\\\ b \\\\ c \\end{multline}",
    "\\begin{darray}{lcr}\\mathrlap{ a }&\\hphantom{ a }\\qquad\\qquad&\\\\& b &\\\\&\\hphantom{ c }\\qquad\\qquad&\\mathllap{ c }\\end{darray}\\tag{1}",
  ],
  [
    "\\begin{multline*} a \\\\ \\shoveleft{b} \\end{multline*}",
    "\\begin{darray}{lcr}\\mathrlap{ a }&\\hphantom{ a }\\qquad\\qquad&\\\\\\mathrlap{b}&\\hphantom{b}\\qquad\\qquad&\\end{darray}",
  ],
  ["\\begin{alignat}{2} a & b \\end{alignat}", "\\begin{alignat*}{2} a & b \\tag{1}\\end{alignat*}"],
  ["\\begin{gather} a \\% % \\label{no}\n b \\end{gather}", "\\begin{gather*} a \\% \n b \\tag{1}\\end{gather*}"],
  ["x^2", "x^2"],
  ["x^2 \\label{q}", "x^2 \\tag{1}"],
])("%j is written as %j", (tex, written) => {
  const spaces = (text: string): string => text.replace(/\s+/g, " ");
  expect(new PageMath().number(tex).map((formula) => spaces(formula.tex))).toEqual([spaces(written)]);
});

test("references show the numbers of their equations, before and after them, in text and in formulas", async () => {
  const html = await renderNotebook(
    notebookOf([
      markdown("By \\eqref{eq:two_a} and $\\ref{one}$, $x \\text{ of \\eqref{one}}$, \\ref{nowhere}."),
      markdown("\\begin{equation} a \\end{equation}\n\n$$ b \\label{one} $$"),
      code("", [shown({ "text/latex": "\\begin{align} c \\\\ d \\label{eq:two_a} \\end{align}" })]),
      markdown("`\\ref{one}` is code"),
    ]),
  );
  expect(html).toContain('By <a href="#equation-eq%3Atwo_a">(4)</a> and <a href="#equation-one">2</a>, ');
  expect(html).toContain("x \\text{ of \\eqref{one}}</annotation>");
  expect(html).toContain("<mtext>(2)</mtext>");
  expect(html).toContain('<span class="math-error" title="No equation has the label nowhere">???</span>');
  expect(html).toContain('<span id="equation-one"></span>');
  expect(html).toContain('<span id="equation-eq:two_a"></span>');
  expect(html).toContain("<code>\\ref{one}</code> is code");
});

test("a formula writes nothing to the terminal", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  const error = vi.spyOn(console, "error").mockReturnValue();
  await seen("$\\message{a}\\errmessage{b}\\show\\frac$");
  expect([...log.mock.calls, ...error.mock.calls]).toEqual([]);
  vi.restoreAllMocks();
});

test("whatever is defined, the next formula is a formula or its source", async () => {
  const pieces = constantFrom("\\newcommand", "\\renewcommand", "\\def", "{", "}", "\\q", "[", "]", "1", "#1", "#", "\\DeclareMathOperator", "*", "\\label{a}", "\\tag{b}", "\\ref{a}", "\\\\", "&", "\\begin{align}", "\\end{align}", "%", "x", " "); // prettier-ignore
  await assert(
    asyncProperty(array(pieces, { maxLength: 12 }), async (parts) => {
      const html = await renderNotebook(notebookOf([markdown(`$$${parts.join("")}$$`), markdown("$z$ \\eqref{a} the end")]));
      expect(html).toContain(">z</annotation>");
      expect(html).toContain("the end</p>");
    }),
    { numRuns: 100 },
  );
});

test("subequations share a number, and their group's label leads to it", async () => {
  const group =
    "\\begin{subequations}\\label{g}\\begin{align} a \\\\ b \\label{h} \\end{align} and \\begin{equation} c \\end{equation}\\end{subequations}";
  const html = await renderNotebook(
    notebookOf([markdown(`$$z\\label{first}$$\n\n${group}\n\n$$d\\label{i}$$\n\nsee \\eqref{g}, \\eqref{h}, \\eqref{i}`)]),
  );
  expect([...html.matchAll(/<annotation[^>]*>([^<]*)</g)].map(([, tex]) => tex)).toEqual([
    "z\\tag{1}",
    "\\begin{align*} a \\tag{2a}\\\\ b  \\tag{2b}\\end{align*}",
    "\\text{and}",
    "\\begin{equation*} c \\tag{2c}\\end{equation*}",
    "d\\tag{3}",
  ]);
  for (const [label, tag] of [["g", "2"], ["h", "2b"], ["i", "3"]]) expect(html).toContain(`<a href="#equation-${label}">(${tag})</a>`); // prettier-ignore
});

test("a group of more than 26 subequations goes on with two letters", () => {
  const rows = "a\\\\".repeat(27) + "a";
  const [written] = new PageMath().number(`\\begin{subequations}\\begin{gather}${rows}\\end{gather}\\end{subequations}`);
  expect(written!.tex).toMatch(/\\tag\{1z\}\\\\a\\tag\{1aa\}\\\\a\\tag\{1ab\}/);
});

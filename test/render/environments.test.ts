/** LaTeX of other programs: what MathJax's documentation shows, what amsmath and plain TeX have, as KaTeX knows it. */
import { expect, test } from "vitest";
import { forKatex } from "../../src/render/environments.ts";
import { PageMath } from "../../src/render/equations.ts";
import { renderFormula } from "../../src/render/math.ts";

/** The text of a formula as it is seen: KaTeX's drawing without its MathML. */
function seen(tex: string): string {
  const html = renderFormula({ tex, display: true, source: tex }, new PageMath());
  expect(html).not.toContain("math-error");
  const drawing = html.replace(/<span class="katex-mathml">.*?<\/math><\/span>/gs, "").replace(/<[^>]*>/g, "");
  return drawing.replace(/[\s\u00a0\u200b\u2061]/g, "");
}

test.each([
  [
    String.raw`\begin{tabular}{|l|r|}\hline name & $x^2$ \\ \hline a & 1 \\ \end{tabular}`,
    String.raw`\begin{array}{|l|r|}\hline \text{name}&\text{$x^2$}\\\hline \text{a}&\text{1}\\\end{array}`,
  ],
  [String.raw`\begin{array}{@{}l*{2}{c}p{3cm}@{}} a \end{array}`, String.raw`\begin{array}{lccl} a \end{array}`],
  [String.raw`\begin{array}{lc} a \end{array}`, String.raw`\begin{array}{lc} a \end{array}`],
  [String.raw`\begin{numcases}{f=} a & b \end{numcases}`, String.raw`f=\begin{cases} a & b \end{cases}`],
  [String.raw`\begin{xalignat*}{2} a \end{xalignat*}`, String.raw`\begin{alignat*}{2} a \end{alignat*}`],
  [String.raw`\begin{empheq}[box=\fbox]{align*} a \end{empheq}`, String.raw`\begin{align*} a \end{align*}`],
  [String.raw`\begin{displaymath} a \end{displaymath}`, " a "],
  ["a & b", "a & b"],
])("%s is written as %s", (tex, written) => expect(forKatex(tex)).toBe(written));

test.each([
  [String.raw`\cancelto{0}{x} \enclose{box updiagonalstrike}{y} \enclose{other}{z}`, "x0yz"],
  [String.raw`\bbox[yellow,5px,border:2px solid red]{x} \bbox[red]{y} \bbox{z}`, "xyz"],
  [String.raw`\class{c}{x} \cssId{i}{y} \style{color: red}{z} \texttip{a}{tip} \mathtip{b}{tip}`, "xyzab"],
  [String.raw`\toggle{a}{b}{c}\endtoggle d`, "ad"],
  [String.raw`\unicode{x263a} \unicode[.55,0.05]{65}`, "☺A"],
  [String.raw`\buildrel \alpha\over\to x`, "→αx"],
  [String.raw`\root 3 \of x`, "3x"],
  [String.raw`a\raise 2pt b \lower{3pt}{c}\raise -1pt d`, "abcd"],
  [String.raw`\prescript{14}{6}{C}`, "614C"],
  [String.raw`\begin{matrix} a & b \\ \hdotsfor{2} \end{matrix}`, "a…b…"],
  [String.raw`\begin{array}{cc} \multicolumn{2}{c}{a} \\ \cline{1-2} b & c \end{array}`, "abc"],
  [String.raw`\begin{align*} a &= b \\ \intertext{and} c &= d \end{align*}`, "aandc=b=d"],
  [String.raw`\displaylines{a \cr b} \eqalign{c &= d \cr e &= f}`, "abce=d=f"],
  [String.raw`\cases{a & b \cr c & d} \matrix{e & f \cr g & h} \pmatrix{i \cr j}`, "{acbdegfh(ij)"],
  [String.raw`\skew7\hat A {\scr B} \iiiint x`, "A^B∬∬x"],
  [String.raw`\DeclarePairedDelimiter{\abs}{\lvert}{\rvert} \abs{x} \abs*{y} \abs[\big]{z}`, "∣x∣∣y∣z"],
  [String.raw`\begin{multline} a \\ b \\ c \end{multline}`, "aabcc(1)"],
])("%s is shown", (tex, text) => expect(seen(tex)).toBe(text));

test.each(["\\buildrel a", "\\root 3", "\\toggle{a}", "\\raise x", "\\unicode{x}", "\\unicode{35}"])(
  "%s, which is not whole, is its source with the reason",
  (tex) => {
    expect(renderFormula({ tex, display: true, source: tex }, new PageMath())).toMatch(/^<code class="math-error" title="[^"]+">/);
  },
);

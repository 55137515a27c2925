/**
 * A Mermaid diagram is shown as its source. Mermaid draws only within a browser, and its library would add a megabyte and a half to each page that
 * has a diagram and some seventy packages to an installation; the source is made to be read.
 */
export const renderDiagram = (code: string): string =>
  `<pre class="code"><code>${code}</code></pre><p class="note">A Mermaid diagram, shown as its source.</p>`;

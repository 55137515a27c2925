/**
 * A Mermaid diagram is shown as its source. Mermaid draws only within a browser, and its library would weigh far more than the page around it;
 * the source is made to be read.
 */
export const renderDiagram = (code: string): string =>
  `<pre class="code"><code>${code}</code></pre><p class="note">A Mermaid diagram, shown as its source.</p>`;

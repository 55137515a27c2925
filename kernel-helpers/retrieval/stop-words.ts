/** Words so common that they say nothing of what a text is about: Lucene's list for English, with what questions add to it, and particles of Chinese. */
export const stopWords: ReadonlySet<string> = new Set(
  (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with " +
    "am been being can could did do does doing had has have having he her here his how i its may me might must my our shall she should so than them " +
    "were what when where which who whom whose why would you your " +
    "的 了 是 在 吗 呢 吧 啊 和 与 及 或 就 都 也 还 把 被 让 对 从 到 于 以 为 之 其 我 你 您 他 她 它 我们 你们 他们 这 那 这个 那个 什么 怎么 怎样 如何 哪 " +
    "哪些 哪里 谁 几 多少 有 没有 会 能 可以 要 需要 一个"
  ).split(" "),
);

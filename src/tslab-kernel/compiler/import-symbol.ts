/** Names the global function by which local modules import what they name by an expression. */
export const importSymbol = "cairn.import";

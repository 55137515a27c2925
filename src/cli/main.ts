/** The `cairn` command: one small file per sub-command, loaded when it is asked for. */
console.log("cairn");

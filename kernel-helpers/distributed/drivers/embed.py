"""A corpus becomes vectors: Ray Data reads it as fast as workers embed it, block for block, and a block is one file, whole or not there.

Run as a Ray job: python embed.py corpus.json
"""

import json
import sys
import time
from itertools import accumulate
from pathlib import Path

import ray

from node import Node, NodeDied, TaskFailed, tell


def read(batch):
    """The lines that begin within a range of bytes, of a batch of one."""
    (name,), (file,), (start,), (end,) = (batch[key] for key in ("block", "file", "start", "end"))
    lines = []
    with open(file, "rb") as stream:
        stream.seek(max(start - 1, 0))
        if start > 0:
            stream.readline()  # the rest of a line that began before, or the end of it alone
        while stream.tell() < end and (line := stream.readline()):
            lines.append(line)
    text = b"".join(lines)
    return {"block": [name], "lines": [text.decode()], "bytes": [len(text)], "read": [time.time()]}


class Embed:
    """Owns a Node process, which embeds a block and writes its file."""

    def __init__(self, config):
        self.config = config
        self._start()

    def _start(self):
        self.node, self.refusal = Node(self.config["command"], self.config["threads"]), None
        try:
            self.node.ask("setup", **self.config["setup"])
        except TaskFailed as error:  # another driver would hear the same
            self.refusal = {"error": f"a worker cannot load the encoder: {error}"}

    def __call__(self, batch):
        (name,), (lines,), begun, answer = batch["block"], batch["lines"], time.time(), self.refusal
        tries = Path(self.config["folder"]) / f"{name}.{ray.get_runtime_context().get_job_id()}.tries"
        with tries.open("ab") as file:  # Ray replaces a dead actor without end, and gives its block to another one
            file.write(b".")
            deaths, why = file.tell() - 1, "Ray's log says why"
        while answer is None:
            if deaths > self.config["deaths"]:
                answer = {"error": f"{name}: a worker died {deaths} times: {why}"}
                break
            try:
                answer, _ = self.node.ask("embed", name=str(name), lines=str(lines))
            except NodeDied as error:
                deaths, why = deaths + 1, error  # what it had written is a draft, which the next one writes over
                self._start()
                answer = self.refusal
            except TaskFailed as error:
                answer = {"error": f"{name}: {error}"}
        tries.unlink(missing_ok=True)
        return {
            "block": [name], "count": [answer.get("count", 0)], "error": [answer.get("error", "")], "deaths": [deaths],
            "bytes": batch["bytes"], "read": batch["read"], "begun": [begun], "node": [self.node.process.pid]}


def blocks(config):
    """Names and ranges of all blocks, in the corpus' order; those that are written already are left out."""
    size, number = config["blockBytes"], 0
    for file, length in config["files"]:
        for start in range(0, length, size):
            name = f"block-{number:08}.safetensors"
            number += 1
            if not (Path(config["folder"]) / name).exists():
                yield {"block": name, "file": file, "start": start, "end": min(start + size, length)}


def main(config):
    todo = list(blocks(config))
    if not todo:
        return
    ray.init(address="auto", log_to_driver=True)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # so that each block of ours is one of Ray's
    context.execution_options.preserve_order = False
    context.execution_options.resource_limits = context.execution_options.resource_limits.copy(object_store_memory=config["memory"])
    # Reading waits for the disk: it takes no processor from the workers, which have them all.
    texts = ray.data.from_items(todo, override_num_blocks=-(-len(todo) // 64)).map_batches(read, batch_size=1, num_cpus=0)
    pool = ray.data.ActorPoolStrategy(size=config["workers"], max_tasks_in_flight_per_actor=2)
    written = texts.map_batches(
        Embed, batch_size=1, fn_constructor_args=(config,), compute=pool, num_cpus=config["cpus"], num_gpus=config["gpus"] or None)
    tell("begin", blocks=len(todo), bytes=sum(each["end"] - each["start"] for each in todo))
    moves = []
    for row in written.iter_rows():
        if row["error"]:
            tell("failed", message=row["error"])
            raise SystemExit(1)
        moves += [(row["read"], row["bytes"]), (row["begun"], -row["bytes"])]
        tell("block", **{key: row[key] for key in ("block", "count", "bytes", "deaths", "node")})
    tell("end", waiting=max(accumulate(change for _, change in sorted(moves))))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))

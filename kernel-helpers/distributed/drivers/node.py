"""What the drivers share: a Node process that answers frames, and telling what happens."""

import json
import os
import struct
import subprocess
import time

import numpy as np


class NodeDied(Exception):
    """The Node process of a worker is gone."""


class TaskFailed(Exception):
    """The task itself threw an error: it would do so again."""


class Node:
    """A Node process that answers frames: the lengths of a JSON text and of a vector of float32, then both."""

    def __init__(self, command, threads):
        their_in, self.output = os.pipe()
        self.input, their_out = os.pipe()
        env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([*command, str(their_in), str(their_out)], pass_fds=(their_in, their_out), stdin=subprocess.DEVNULL, env=env)
        os.close(their_in)
        os.close(their_out)

    def ask(self, do, body=None, **head):
        text = json.dumps({"do": do, **head}).encode()
        payload = memoryview(b"") if body is None else memoryview(body).cast("B")
        try:
            self._write(struct.pack("<IQ", len(text), len(payload)) + text)
            self._write(payload)
            json_bytes, body_bytes = struct.unpack("<IQ", self._read(12))
            answer = json.loads(bytes(self._read(json_bytes)))
            vector = np.frombuffer(self._read(body_bytes), dtype=np.float32)
        except (BrokenPipeError, EOFError) as error:
            raise NodeDied(f"node {self.process.pid} ended with {self.process.wait()}") from error
        if "error" in answer:
            raise TaskFailed(answer["error"])
        return answer, vector

    def _write(self, data):
        data = memoryview(data)
        while data:
            data = data[os.write(self.output, data):]

    def _read(self, count):
        data, at = bytearray(count), 0
        view = memoryview(data)
        while at < count:
            read = os.readv(self.input, [view[at:]])
            if read == 0:
                raise EOFError
            at += read
        return data

    def close(self):
        """Lets it end by itself, which it does at the end of its input."""
        for each in (self.output, self.input):
            os.close(each)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def tell(event, **facts):
    """A line on standard output, which TypeScript reads from the job's log."""
    print("cairn-run " + json.dumps({"event": event, "time": time.time(), **facts}), flush=True)

"""Data-parallel training: places workers, sums their gradients, and replaces those that die.

Run as a Ray job: python train.py run.json
"""

import json
import os
import shutil
import socket
import struct
import sys
import time
from pathlib import Path

import numpy as np
import ray
from ray.util import collective

from node import Node, NodeDied, TaskFailed, tell


def tcp_sockets():
    """Bytes sent by each TCP socket of this process, as the kernel counts them (tcpi_bytes_acked), by its inode."""
    sent = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
            if not target.startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as each:
                if each.family in (socket.AF_INET, socket.AF_INET6) and each.type == socket.SOCK_STREAM:
                    info = each.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
                    if len(info) >= 128:
                        sent[target] = struct.unpack_from("<Q", info, 120)[0]
        except OSError:
            continue
    return sent


@ray.remote(max_restarts=0)
class Worker:
    """Owns a Node process, and is one of a group that sums vectors."""

    def __init__(self, config):
        self.config = config
        self.group = None
        self.node = Node(config["command"], config["threads"])

    def place(self):
        return {"pid": os.getpid(), "node": self.node.process.pid}

    def prepare(self, rank, world):
        """Makes the task anew: as at step 0."""
        self.rank, self.world, self.is_sharded = rank, world, self.config["isSharded"]
        self.setup, _ = self.node.ask(
            "setup", module=self.config["module"], options=self.config["options"], threads=self.config["threads"],
            rank=rank, world=world, isSharded=self.is_sharded)
        return self.setup

    def join(self, group):
        before = tcp_sockets()
        collective.init_collective_group(self.world, self.rank, backend=self.config["backend"], group_name=group)
        self.group = group
        collective.allreduce(np.zeros(1, dtype=np.float32), group)  # opens the connections
        self.sockets = set(tcp_sockets()) - set(before)

    def leave(self):
        if self.group is None:
            return
        import torch.distributed as dist

        try:
            collective.destroy_collective_group(self.group)
            dist.destroy_process_group()  # Ray leaves the one of the whole world standing
        except Exception:
            pass  # it is broken: that is why it is left
        self.group = None

    def load(self, folder):
        self.node.ask("load", folder=folder)

    def save(self, folder):
        if self.is_sharded or self.rank == 0:
            self.node.ask("save", folder=folder)

    def sent(self):
        found = tcp_sockets()
        return sum(found.get(each, 0) for each in self.sockets)

    def step(self, index):
        times = [time.perf_counter()]
        answer, gradient = self.node.ask("gradients", index=index)
        times.append(time.perf_counter())
        gradient = np.require(gradient, requirements="W")
        size = len(gradient) // self.world
        own = gradient[self.rank * size:(self.rank + 1) * size]
        if self.is_sharded:
            # Gloo has no reduce-scatter; Ray's stands in for it with an all-reduce of every part, which sends twice as much as a reduce to its owner.
            for rank in range(self.world):
                collective.reduce(gradient[rank * size:(rank + 1) * size], rank, self.group)
        else:
            collective.allreduce(gradient, self.group)
        names = sorted(answer["metrics"])
        numbers = np.array([np.square(own, dtype=np.float64).sum(), answer["loss"], *(answer["metrics"][name] for name in names)])
        collective.allreduce(numbers, self.group)
        times.append(time.perf_counter())
        norm = float(np.sqrt(numbers[0]))
        if not np.isfinite(norm + numbers[1]):
            raise TaskFailed(f"step {index + 1}: the loss is {numbers[1]}, the norm of the gradients {norm}; lower the learning rate, or clip")
        updated, values = self.node.ask("update", own if self.is_sharded else gradient, norm=norm)
        if self.is_sharded:
            whole = np.empty(len(gradient), dtype=np.float32)
            collective.allgather([whole[rank * size:(rank + 1) * size] for rank in range(self.world)], np.require(values, requirements="W"), self.group)
            self.node.ask("set", whole)
        times.append(time.perf_counter())
        return {
            "step": index + 1, "loss": float(numbers[1]), "gradientNorm": norm, "learningRate": updated["learningRate"],
            "metrics": dict(zip(names, map(float, numbers[2:]))), "count": answer["count"], "unit": answer["unit"],
            "seconds": dict(zip(["gradients", "exchange", "update"], np.diff(times).tolist())),
        }


class Checkpoints:
    """Folders step-N, each complete: written beside and renamed."""

    def __init__(self, folder, keep):
        self.folder, self.keep = Path(folder), keep
        self.folder.mkdir(parents=True, exist_ok=True)

    def all(self):
        return sorted((path for path in self.folder.glob("step-*") if path.name[5:].isdigit()), key=lambda path: int(path.name[5:]))

    def save(self, workers, history):
        done = history[-1]["step"]
        draft = self.folder / f"draft-{done}-{os.getpid()}"
        draft.mkdir(exist_ok=True)
        ray.get([worker.save.remote(str(draft)) for worker in workers])
        (draft / "history.json").write_text(json.dumps(history))
        final = self.folder / f"step-{done:08}"
        if final.exists():
            shutil.rmtree(final)
        draft.rename(final)
        for old in [*self.all()[:-self.keep], *self.folder.glob("draft-*")]:
            shutil.rmtree(old, ignore_errors=True)
        tell("checkpoint", step=done, folder=str(final))


class Run:
    def __init__(self, config):
        self.config, self.world = config, config["workers"]
        self.checkpoints = Checkpoints(config["folder"], config["keep"])
        self.workers, self.history, self.generation = [None] * self.world, [], 0

    def assemble(self):
        """A whole group, at the latest checkpoint: dead workers are replaced, the others kept."""
        self.generation += 1
        options = {"num_cpus": self.config["cpus"], "num_gpus": self.config["gpus"]}
        fresh = [rank for rank, worker in enumerate(self.workers) if worker is None]
        for rank in fresh:
            self.workers[rank] = Worker.options(**options).remote(self.config)
        setups = ray.get([worker.prepare.remote(rank, self.world) for rank, worker in enumerate(self.workers)])
        latest = next(reversed(self.checkpoints.all()), None)
        self.history = [] if latest is None else json.loads((latest / "history.json").read_text())
        group = f"cairn-{os.getpid()}-{self.generation}"
        ray.get([worker.join.remote(group) for worker in self.workers])
        if latest is not None:
            ray.get([worker.load.remote(str(latest)) for worker in self.workers])
        places = ray.get([worker.place.remote() for worker in self.workers])
        tell("ready", step=len(self.history), places=places, replaced=fresh, length=setups[0]["length"], memory=[each["memory"] for each in setups])

    def together(self, references):
        """The results of one call to every worker; the error of the first that fails, as soon as it does."""
        waiting = list(references)
        while waiting:
            done, waiting = ray.wait(waiting)
            ray.get(done)
        return ray.get(references)

    def bury(self, references):
        """Ends the workers that failed, frees the others from waiting for them, and forgets the dead."""
        if not references:  # they had not come together: who failed is not known
            for worker in filter(None, self.workers):
                ray.kill(worker)
            self.workers = [None] * self.world
            return list(range(self.world))
        done, _ = ray.wait(references, num_returns=len(references), timeout=1)
        dead = [rank for rank, reference in enumerate(references) if reference in done and is_death(reference)]
        for rank in dead:
            ray.kill(self.workers[rank])
            self.workers[rank] = None
        # Their connections are closed now, so whatever the others wait for fails.
        ray.wait(references, num_returns=len(references), timeout=30)
        left = {rank: worker.leave.remote() for rank, worker in enumerate(self.workers) if worker is not None}
        ray.wait(list(left.values()), num_returns=len(left), timeout=10) if left else None
        for rank, reference in left.items():
            if not ray.wait([reference], timeout=0)[0] or is_death(reference):
                ray.kill(self.workers[rank])
                self.workers[rank] = None
                dead.append(rank)
        return sorted(dead)

    def train(self):
        deaths = 0
        while True:
            references = []
            try:
                self.assemble()
                while len(self.history) < self.config["steps"]:
                    start = time.perf_counter()
                    references = [worker.step.remote(len(self.history)) for worker in self.workers]
                    first = self.together(references)[0]
                    count, unit = first.pop("count"), first.pop("unit")
                    self.history.append({**first, "speed": count / (time.perf_counter() - start)})
                    tell("step", **self.history[-1], unit=unit)
                    done = len(self.history)
                    if done % self.config["every"] == 0 or done == self.config["steps"]:
                        self.checkpoints.save(self.workers, self.history)
                tell("end", sent=ray.get([worker.sent.remote() for worker in self.workers]))
                return
            except (ray.exceptions.RayActorError, ray.exceptions.RayTaskError) as error:
                if isinstance(error, ray.exceptions.RayTaskError) and isinstance(error.cause, TaskFailed):
                    tell("failed", message=str(error.cause))
                    raise SystemExit(1) from error
                deaths += 1
                if deaths > self.config["deaths"]:
                    tell("failed", message=f"a worker died {deaths} times, the last time by: {error}"[:2000])
                    raise SystemExit(1) from error
                tell("death", step=len(self.history), ranks=self.bury(references), message=str(error).strip().split("\n")[-1][:300])


def is_death(reference):
    try:
        ray.get(reference, timeout=0)
        return False
    except ray.exceptions.RayActorError:
        return True
    except ray.exceptions.RayTaskError as error:
        return isinstance(error.cause, NodeDied)
    except ray.exceptions.GetTimeoutError:
        return False


if __name__ == "__main__":
    ray.init(address="auto", log_to_driver=True)
    Run(json.loads(Path(sys.argv[1]).read_text())).train()

"""A hyper-parameter sweep by Ray Tune: it draws the trials, runs so many at a time, and stops poor ones. Each trial is a Node process.

A trial that has come to its end is a file of what it told. A driver that is started again draws the same trials, for they come of the seed, and those that have a
file play it back instead of running: so the scheduler, too, learns again what it had compared. Tune's own state, which `Tuner.restore` reads, would not do: it leaves
out what ASHA has seen, and its files may be torn by a kill.

Run as a Ray job: python sweep.py sweep.json
"""

import json
import math
import os
import shutil
import sys
from pathlib import Path

os.environ.update(RAY_AIR_NEW_OUTPUT="0", TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1")

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler, FIFOScheduler
from ray.tune.search.basic_variant import BasicVariantGenerator

from node import Node, TaskFailed, tell

KINDS = {
    "grid": lambda domain: tune.grid_search(domain["values"]),
    "choice": lambda domain: tune.choice(domain["values"]),
    "uniform": lambda domain: tune.uniform(domain["low"], domain["high"]),
    "logUniform": lambda domain: tune.loguniform(domain["low"], domain["high"]),
    "integer": lambda domain: tune.randint(domain["low"], domain["high"] + 1),
    "constant": lambda domain: domain["value"],
}


def number_of(trial_id):
    """Which one of those that the seed draws; what stands before it is another each time that a driver starts."""
    return int(trial_id.rsplit("_", 1)[1])


def record_of(folder, number):
    return Path(folder) / "trials" / f"{number:05}.json"


class Live:
    """A trial's function is a generator in Node: each step takes what it yields next."""

    def __init__(self, run, config):
        self.node = Node(run["command"], run["threads"])
        self.failure = self._ask("setup", module=run["module"], config=config, metric=run["metric"])

    def _ask(self, do, **head):
        """What went wrong in the trial itself. A Node that dies is an error of Ray's, after which Tune begins the trial again."""
        try:
            self.answer, _ = self.node.ask(do, **head)
        except TaskFailed as error:
            return str(error)

    def next(self):
        """Metrics, or how it ended."""
        self.failure = self.failure or self._ask("next")
        metrics = None if self.failure else self.answer["metrics"]
        return (metrics, None) if metrics is not None else (None, {"ended": True, "failure": self.failure or ""})

    def close(self):
        self.node.close()


class Recorded:
    """A trial that came to its end under an earlier driver."""

    def __init__(self, record):
        self.history, self.end, self.at = record["history"], record["end"], 0

    def next(self):
        self.at += 1
        return (self.history[self.at - 1], None) if self.at <= len(self.history) else (None, self.end)

    def close(self):
        pass


class Trial(tune.Trainable):
    def setup(self, config):
        run, file = config["run"], record_of(config["run"]["folder"], number_of(self.trial_id))
        self.metric, self.last = run["metric"], {"value": math.nan}
        self.source = Recorded(json.loads(file.read_text())) if file.exists() else Live(run, config["config"])

    def step(self):
        metrics, end = self.source.next()
        if end is not None:
            return {**self.last, "done": True, "end": end}
        self.last = {"value": metrics[self.metric], "metrics": metrics}
        return self.last

    def reset_config(self, new_config):
        """The next trial of this actor: a Python process that is there already saves seconds."""
        self.source.close()
        self.setup(new_config)
        return True

    def cleanup(self):
        self.source.close()


class Teller(tune.Callback):
    """Tells what happens, and writes down what a trial told once it has come to its end."""

    def __init__(self, folder):
        self.folder, self.histories = folder, {}

    def on_trial_start(self, iteration, trials, trial, **info):
        number = number_of(trial.trial_id)
        self.histories[number] = []
        tell("start", trial=number, config=trial.config["config"])

    def on_trial_result(self, iteration, trials, trial, result, **info):
        if "end" in result:
            return
        number, step = number_of(trial.trial_id), result["training_iteration"]
        self.histories[number][step - 1:] = [result["metrics"]]
        tell("report", trial=number, step=step, metrics=result["metrics"], seconds=result["time_total_s"])

    def on_trial_complete(self, iteration, trials, trial, **info):
        self._complete(trial, (trial.last_result or {}).get("end", {"ended": False, "failure": ""}))

    def on_trial_error(self, iteration, trials, trial, **info):
        self._complete(trial, {"ended": True, "failure": f"its process died too often: {trial.get_error()}"[:2000]})

    def _complete(self, trial, end):
        number = number_of(trial.trial_id)
        file = record_of(self.folder, number)
        if not file.exists():
            draft = file.with_suffix(".draft")
            draft.write_text(json.dumps({"config": trial.config["config"], "history": self.histories.pop(number, []), "end": end}))
            draft.rename(file)
        tell("complete", trial=number, **end)


def main(config):
    ray.init(address="auto", log_to_driver=True)
    folder = Path(config["folder"])
    shutil.rmtree(folder / "tune", ignore_errors=True)  # of a driver that died
    (folder / "trials").mkdir(exist_ok=True)
    scheduler = FIFOScheduler()
    if config["scheduler"] == "asha":
        scheduler = ASHAScheduler(max_t=config["steps"], grace_period=config["grace"], reduction_factor=config["reduction"])
    space = {name: KINDS[domain["kind"]](domain) for name, domain in config["space"].items()}
    search = BasicVariantGenerator(max_concurrent=config["workers"], random_state=config["seed"])
    tune.Tuner(
        tune.with_resources(Trial, {"cpu": config["cpus"], "gpu": config["gpus"]}),
        param_space={"config": space, "run": {key: config[key] for key in ("command", "threads", "module", "metric", "folder")}},
        tune_config=tune.TuneConfig(
            metric="value", mode=config["mode"], num_samples=config["trials"], scheduler=scheduler, search_alg=search, reuse_actors=True),
        run_config=tune.RunConfig(
            name="tune", storage_path=config["folder"], verbose=0, callbacks=[Teller(config["folder"])], stop={"training_iteration": config["steps"]},
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            failure_config=tune.FailureConfig(max_failures=config["deaths"]))).fit()
    tell("end")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))

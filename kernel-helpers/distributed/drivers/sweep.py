"""A hyper-parameter sweep by Ray Tune: it draws the trials, runs so many at a time, and stops poor ones. Each trial is a Node process.

Run as a Ray job: python sweep.py sweep.json
"""

import json
import math
import os
import sys
from pathlib import Path

os.environ.update(RAY_AIR_NEW_OUTPUT="0", TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1", TUNE_GLOBAL_CHECKPOINT_S="1")

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


class Trial(tune.Trainable):
    """A trial's function is a generator in Node: each step takes what it yields next."""

    def setup(self, config):
        self.run, self.last = config["run"], {config["run"]["metric"]: math.nan}
        self.node = Node(self.run["command"], self.run["threads"])
        self.error = self._ask("setup", module=self.run["module"], config=config["config"], metric=self.run["metric"])

    def _ask(self, do, **head):
        """What went wrong in the trial itself. A Node that dies is an error of Ray's, after which Tune begins the trial again."""
        try:
            self.answer, _ = self.node.ask(do, **head)
        except TaskFailed as error:
            return str(error)

    def step(self):
        self.error = self.error or self._ask("next")
        metrics = None if self.error else self.answer["metrics"]
        if metrics is None:
            return {**self.last, "done": True, "ended": True, "failure": self.error or ""}
        self.last = metrics
        return {**metrics, "names": list(metrics)}

    def reset_config(self, new_config):
        """The next trial of this actor: a Python process that is there already saves seconds."""
        self.node.close()
        self.setup(new_config)
        return True

    def cleanup(self):
        self.node.close()


class Teller(tune.Callback):
    def on_trial_start(self, iteration, trials, trial, **info):
        tell("start", trial=trial.trial_id, config=trial.config["config"])

    def on_trial_result(self, iteration, trials, trial, result, **info):
        if not result.get("ended"):
            metrics = {name: result[name] for name in result["names"]}
            tell("report", trial=trial.trial_id, step=result["training_iteration"], metrics=metrics, seconds=result["time_total_s"])

    def on_trial_complete(self, iteration, trials, trial, **info):
        result = trial.last_result
        tell("complete", trial=trial.trial_id, ended=result.get("ended", False), failure=result.get("failure", ""))

    def on_trial_error(self, iteration, trials, trial, **info):
        tell("complete", trial=trial.trial_id, ended=True, failure=f"its process died too often: {trial.get_error()}"[:2000])


def main(config):
    ray.init(address="auto", log_to_driver=True)
    path = str(Path(config["folder"]) / "tune")
    trainable = tune.with_resources(Trial, {"cpu": config["cpus"], "gpu": config["gpus"]})
    if tune.Tuner.can_restore(path):  # a driver died: what it knew of finished trials is there, the others begin again
        tuner = tune.Tuner.restore(path, trainable, resume_unfinished=True)
    else:
        goal = {"metric": config["metric"], "mode": config["mode"]}
        scheduler = FIFOScheduler()
        if config["scheduler"] == "asha":
            scheduler = ASHAScheduler(max_t=config["steps"], grace_period=config["grace"], reduction_factor=config["reduction"])
        space = {name: KINDS[domain["kind"]](domain) for name, domain in config["space"].items()}
        search = BasicVariantGenerator(max_concurrent=config["workers"], random_state=config["seed"])
        tuner = tune.Tuner(
            trainable,
            param_space={"config": space, "run": {key: config[key] for key in ("command", "threads", "module", "metric")}},
            tune_config=tune.TuneConfig(**goal, num_samples=config["trials"], scheduler=scheduler, search_alg=search, reuse_actors=True),
            run_config=tune.RunConfig(
                name="tune", storage_path=config["folder"], verbose=0, callbacks=[Teller()], stop={"training_iteration": config["steps"]},
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                failure_config=tune.FailureConfig(max_failures=config["deaths"])))
    tuner.fit()
    tell("end")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))

"""The live peer of alignment: trl's trainers, and PyTorch where trl has none. Reads a list of questions as JSON, writes the list of answers.

A question is {"do": "dpo" | "grpo" | "reward" | "sft" | "ppo", "config", "file", …}: the loss of one batch with the weights in a safetensors file, and its
gradients. The answer is {"loss", "metrics", "gradients": {name: values}}. trl has had no PPO since 1.0: that loss is written out here, from the papers.
"""

import json
import sys
import tempfile

import torch
from datasets import Dataset
from safetensors.torch import load_file
from tokenizers import Tokenizer, models
from transformers import (
    GPT2Config, GPT2ForSequenceClassification, GPT2LMHeadModel, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM,
)
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

torch.set_num_threads(1)  # the models are small
folder = tempfile.TemporaryDirectory()
shared = {"output_dir": folder.name, "report_to": [], "use_cpu": True, "bf16": False, "gradient_checkpointing": False}


def tokenizer(size):
    """Trainers want one; the batches are of ids already."""
    words = Tokenizer(models.WordLevel({f"t{index}": index for index in range(size)}, unk_token="t0"))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="t0", eos_token="t1", unk_token="t0")


def gpt2(config, file, kind=GPT2LMHeadModel):
    sizes = GPT2Config(
        vocab_size=config["vocabularySize"], n_positions=config["contextLength"], n_embd=config["width"], n_layer=config["layers"],
        n_head=config["heads"], resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, num_labels=1, pad_token_id=0,
    )
    model = kind(sizes)
    state = {name.removeprefix("gpt."): values for name, values in load_file(file).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    return model


def qwen2(config, file):
    sizes = Qwen2Config(
        vocab_size=config["vocabularySize"], max_position_embeddings=config["contextLength"], hidden_size=config["width"],
        num_hidden_layers=config["layers"], num_attention_heads=config["heads"], num_key_value_heads=config["numKeyValueHeads"],
        head_dim=config["headSize"], intermediate_size=config["hidden"], rms_norm_eps=1e-5, tie_word_embeddings=True, pad_token_id=0,
    )
    model = Qwen2ForCausalLM(sizes)
    missing, unexpected = model.load_state_dict(load_file(file), strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    return model


def saved(config, file):
    """GRPOTrainer makes its reference from a folder."""
    model = qwen2(config, file) if config.get("architecture") == "qwen2" else gpt2(config, file)
    model.save_pretrained(folder.name)
    model.config._name_or_path = folder.name
    return model.float().train()


def answer_of(model, loss, metrics):
    loss.backward()
    gradients = {name: parameter.grad.flatten().tolist() for name, parameter in model.named_parameters() if parameter.grad is not None}
    return {"loss": loss.item(), "metrics": metrics, "gradients": gradients}


def logged(trainer, names):
    return {name: trainer._metrics["train"][name][-1] for name in names}


def whole(ids):
    return torch.ones_like(ids)


def dpo(question):
    config, ids = question["config"], torch.tensor(question["chosen"] + question["rejected"])
    pairs = Dataset.from_list([{"prompt": "t2", "chosen": "t3", "rejected": "t4"}] * 2)
    trainer = DPOTrainer(
        model=gpt2(config, question["file"]), ref_model=gpt2(config, question["reference"]), train_dataset=pairs,
        processing_class=tokenizer(config["vocabularySize"]),
        args=DPOConfig(**shared, beta=question["beta"], loss_type=[question["lossType"]], label_smoothing=question["labelSmoothing"]),
    )
    batch = {"input_ids": ids, "attention_mask": whole(ids), "completion_mask": torch.tensor(question["mask"])}
    loss = trainer.compute_loss(trainer.model, batch)
    names = ["rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen", "logps/rejected"]
    return answer_of(trainer.model, loss, logged(trainer, names))


def reward(question):
    config, ids = question["config"], torch.tensor(question["chosen"] + question["rejected"])
    trainer = RewardTrainer(
        model=gpt2(config, question["file"], GPT2ForSequenceClassification), processing_class=tokenizer(config["vocabularySize"]),
        train_dataset=Dataset.from_list([{"chosen": "t3", "rejected": "t4"}] * 2),
        args=RewardConfig(**shared, center_rewards_coefficient=question["centerRewardsCoefficient"]),
    )
    batch = {"input_ids": ids, "attention_mask": whole(ids), "margin": torch.tensor(question["margin"])}
    loss = trainer.compute_loss(trainer.model, batch)
    return answer_of(trainer.model, loss, logged(trainer, ["accuracy", "margin", "mean_reward"]))


def grpo(question):
    config, ids, start = question["config"], torch.tensor(question["ids"]), question["start"]
    mask = torch.tensor(question["mask"])
    trainer = GRPOTrainer(
        model=saved(config, question["file"]), reward_funcs=lambda completions, **_: [0.0] * len(completions),
        train_dataset=Dataset.from_list([{"prompt": "t2"}] * 2), processing_class=tokenizer(config["vocabularySize"]),
        args=GRPOConfig(
            **shared, num_generations=2, per_device_train_batch_size=2, beta=question["beta"], epsilon=question["epsilon"],
            epsilon_high=question["epsilonHigh"], loss_type=question["lossType"], max_completion_length=question["maxCompletionLength"],
            gradient_accumulation_steps=1, use_bias_correction_kl=question["useBiasCorrectionKl"],
        ),
    )
    trainer.current_gradient_accumulation_steps = 1
    loss = trainer._compute_loss(trainer.model, {
        "prompt_ids": ids[:, :start], "prompt_mask": whole(ids[:, :start]), "completion_ids": ids[:, start:], "completion_mask": mask,
        "advantages": torch.tensor(question["advantages"]), "num_items_in_batch": mask.sum(),
        "old_per_token_logps": torch.tensor(question["old"]), "ref_per_token_logps": torch.tensor(question["other"]),
    })
    return answer_of(trainer.model, loss, logged(trainer, ["kl", "clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean"]))


def sft(question):
    ids, mask = torch.tensor(question["ids"]), torch.tensor(question["mask"])
    model = gpt2(question["config"], question["file"])
    return answer_of(model, model(ids, labels=ids.masked_fill(mask == 0, -100)).loss, {})


def ppo(question):
    """Schulman et al. 2017, eq. 7, with Ziegler et al. 2019's clipped values."""
    ids, mask = torch.tensor(question["ids"]), torch.tensor(question["mask"]).float()
    old, advantages, values, old_values, returns = (torch.tensor(question[name]) for name in ["old", "advantages", "values", "oldValues", "returns"])
    values.requires_grad_()
    model = gpt2(question["config"], question["file"])
    log_probs = model(ids).logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
    ratio = (log_probs - old).exp()
    low, high = 1 - question["cliprange"], 1 + question["cliprange"]
    chosen = mask == 1
    policy = -torch.min(ratio * advantages, ratio.clamp(low, high) * advantages)[chosen].mean()
    near = old_values + (values - old_values).clamp(-question["cliprangeValue"], question["cliprangeValue"])
    value = 0.5 * torch.max((values - returns) ** 2, (near - returns) ** 2)[chosen].mean()
    metrics = {
        "loss/policy_avg": policy.item(), "loss/value_avg": value.item(), "val/ratio": ratio[chosen].mean().item(),
        "policy/approxkl_avg": 0.5 * ((log_probs - old)[chosen] ** 2).mean().item(),
    }
    found = answer_of(model, policy + question["vfCoef"] * value, metrics)
    found["gradients"]["values"] = values.grad.flatten().tolist()
    return found


if __name__ == "__main__":
    answers = {"dpo": dpo, "reward": reward, "grpo": grpo, "sft": sft, "ppo": ppo}
    out, sys.stdout = sys.stdout, sys.stderr  # trainers print
    json.dump([answers[question["do"]](question) for question in json.load(sys.stdin)], out)

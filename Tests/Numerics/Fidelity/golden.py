"""Makes a folder of golden numbers with PyTorch, transformers and PEFT, in the layout that FidelityTests discovers.

    python3 Tests/Numerics/Fidelity/golden.py --architecture Qwen2ForCausalLM --config config.json --targets q_proj,v_proj \
        --output FOLDER/qwen2-tiny
    LORACLUSTER_FIXTURES=FOLDER dotnet test --filter-trait Category=Fidelity

The configuration is that of a tiny model; its dropouts are set to 0 and its weights are random. Only for adding a model family: neither the
build nor the tests need Python.
"""
import argparse
import copy
import json
import pathlib
import random

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file

LENGTHS = [12, 11, 8, 10, 12, 5, 9, 6]
PROMPTS = [[5, 17, 33, 60], [9, 8, 7, 42, 99, 11, 64], [100]]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", required=True, help="class of transformers, as BertForSequenceClassification")
    parser.add_argument("--config", required=True, type=pathlib.Path, help="config.json of a tiny model; 110 tokens or more")
    parser.add_argument("--targets", required=True, help="modules with an adapter, separated by commas")
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--variants", type=pathlib.Path, help="JSON of more variants: {name: fields of adapter_config.json}")
    parser.add_argument("--token-types", action="store_true", help="the second half of each row is a second sentence")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def build(options):
    cls = getattr(transformers, options.architecture)
    fields = json.loads(options.config.read_text())
    fields = {k: 0.0 if "drop" in k else v for k, v in fields.items() if k != "architectures"}
    model = cls(cls.config_class(**fields))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * (0.15 if parameter.dim() > 1 else 0.05))
    model.tie_weights()
    return model.eval()


def batch_of(model, causal, token_types):
    pad = model.config.pad_token_id or 0
    rows = [[random.randrange(5, 110) for _ in range(length)] for length in LENGTHS]
    batch = {
        "input_ids": [row + [pad] * (max(LENGTHS) - len(row)) for row in rows],
        "attention_mask": [[1] * len(row) + [0] * (max(LENGTHS) - len(row)) for row in rows],
    }
    if token_types:
        batch["token_type_ids"] = [[0] * (n // 2) + [1] * (n - n // 2) + [0] * (max(LENGTHS) - n) for n in LENGTHS]
    batch["labels"] = ([row + [-100] * (max(LENGTHS) - len(row)) for row in rows] if causal
                       else [random.randrange(model.config.num_labels) for _ in rows])
    return batch


def name_in_file(name):
    name = name.replace(".modules_to_save.default", "").replace(".default", "")
    return name.removesuffix(".weight") if name.endswith("lora_magnitude_vector.weight") else name


def trained(model):
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


def plain(tensors):
    return {name: t.detach().clone().contiguous() for name, t in tensors}


def gradients(model, batch):
    model.zero_grad()
    output = model(**batch)
    output.loss.backward()
    result = {name: p.grad if p.grad is not None else torch.zeros_like(p) for name, p in trained(model)}
    return output, plain(result.items())


def five_steps(model, batch):
    optimizer = torch.optim.AdamW([p for _, p in trained(model)], lr=1e-3, weight_decay=0.01)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = model(**batch).loss
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        losses.append(model(**batch).loss.item())
    return losses, plain(trained(model))


def steps_of(model, batch, rename=lambda n: n):
    """Five steps, and which parameters rounding alone moves: those that end elsewhere in double precision."""
    _, exact = five_steps(copy.deepcopy(model).double(), batch)
    losses, after = five_steps(model, batch)
    ill = {rename(n): (after[n] - exact[n]).abs().max().item() for n in after if (after[n] - exact[n]).abs().max() > 5e-6}
    return {"losses_before_each_step_then_after_5": losses, "ill_conditioned_after5": ill}, {rename(n): t for n, t in after.items()}


def greedy(model):
    texts = []
    for prompt in PROMPTS:
        ids = torch.tensor([prompt])
        out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=20, do_sample=False, eos_token_id=None,
                             pad_token_id=model.config.pad_token_id or 0)
        texts.append({"prompt": prompt, "new_tokens": out[0, len(prompt):].tolist()})
    return texts


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(content, path) if path.suffix == ".safetensors" else path.write_text(json.dumps(content))


def variants(targets, causal, more):
    shape = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": targets}
    yield "qv", shape
    yield "qv_rslora", shape | {"use_rslora": True}
    yield "qv_dora", shape | {"use_dora": True}
    yield "qv_rank_pattern", shape | {"rank_pattern": {targets[0]: 2}, "alpha_pattern": {targets[0]: 6}}
    yield "qv_layer_1", shape | {"layers_to_transform": [1]}
    if causal:
        yield "all_linear", shape | {"target_modules": "all-linear"}
        yield "all_linear_dora", shape | {"target_modules": "all-linear", "use_dora": True}
    for name, fields in (json.loads(more.read_text()) if more else {}).items():
        yield name, shape | fields


def write_variant(folder, base, batch, shape, causal, seed):
    torch.manual_seed(seed)
    model = get_peft_model(copy.deepcopy(base), LoraConfig(task_type="CAUSAL_LM" if causal else "SEQ_CLS", **shape)).eval()
    with torch.no_grad():
        for name, parameter in trained(model):
            parameter.add_(torch.randn_like(parameter) * (0.1 if "lora_" in name else 0.02))
    model.peft_config["default"].base_model_name_or_path = "../../base"
    model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    if shape.get("bias") == "lora_only":
        # PEFT does not save these biases, so what it has before saving is what counts.
        write(folder / "trainable_start.safetensors", {name_in_file(n): t for n, t in plain(trained(model)).items()})
    else:
        model = PeftModel.from_pretrained(copy.deepcopy(base), folder / "adapter", is_trainable=True).eval()

    output, grads = gradients(model, batch)
    tensors = {"logits": output.logits.detach().contiguous()} | {"grad." + name_in_file(n): g for n, g in grads.items()}
    with torch.no_grad():
        tensors["logits_merged"] = copy.deepcopy(model).merge_and_unload()(**batch).logits.contiguous()
    write(folder / "expected.safetensors", tensors)
    count, total = model.get_nb_trainable_parameters()
    expected = {"loss": output.loss.item(), "trainable_parameters": count, "total_parameters": total,
                "resolved_target_modules": list(model.base_model.targeted_module_names)}
    if causal:
        expected["greedy"] = greedy(model)
    steps, after = steps_of(model, batch, name_in_file)
    write(folder / "expected.json", expected | steps)
    write(folder / "params_after5.safetensors", after)


def main():
    options = parse()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    causal = options.architecture.endswith("ForCausalLM")
    base, folder = build(options), options.output
    base.save_pretrained(folder / "base")
    rows = batch_of(base, causal, options.token_types)
    write(folder / "batch.json", rows)
    batch = {name: torch.tensor(values) for name, values in rows.items()}
    output, grads = gradients(base, batch)
    write(folder / "base_expected.safetensors", {"logits": output.logits.detach().contiguous()})
    write(folder / "base_expected.json", {"loss": output.loss.item()})
    write(folder / "full_ft" / "grads.safetensors", grads)
    if causal:
        write(folder / "generate_base.json", {"greedy": greedy(base)})
    steps, after = steps_of(copy.deepcopy(base), batch)
    write(folder / "full_ft" / "expected.json", steps)
    write(folder / "full_ft" / "params_after5.safetensors", after)
    for name, shape in variants(options.targets.split(","), causal, options.variants):
        write_variant(folder / name, base, batch, shape, causal, options.seed + 1)


if __name__ == "__main__":
    main()

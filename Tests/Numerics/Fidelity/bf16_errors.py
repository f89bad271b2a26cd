"""How far PEFT's bfloat16 autocast is from its own fp32: bf16_errors.py CASES OUT. Relative L2 errors of logits and gradient."""
import json
import sys
import warnings

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.utils import logging

warnings.filterwarnings("ignore")
logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(1)


def run(model, batch, bf16):
    model.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        output = model(**batch)
    output.loss.backward()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.requires_grad and p.grad is not None])
    logits = output.logits.detach().float()
    if logits.dim() == 3:
        logits = logits[batch["attention_mask"] == 1]
    return logits.flatten(), gradient.clone()


def error(a, b):
    return ((a - b).norm() / b.norm()).item()


answers = {}
for case in json.load(open(sys.argv[1])):
    try:
        kind = AutoModelForCausalLM if case["task"] == "CausalLm" else AutoModelForSequenceClassification
        model = kind.from_pretrained(case["model"], dtype=torch.float32)
        model = PeftModel.from_pretrained(model, case["adapter"], is_trainable=True).eval()
        batch = {k: torch.tensor(v) for k, v in json.load(open(case["batch"])).items()}
        (logits, gradient), (logits16, gradient16) = run(model, batch, False), run(model, batch, True)
        answers[case["name"]] = {"logits": [error(logits16, logits), error(gradient16, gradient)]}
    except Exception as e:
        answers[case["name"]] = {"error": f"{type(e).__name__}: {e}"}
json.dump(answers, open(sys.argv[2], "w"))

"""Logits by transformers and PEFT for the cases of a JSON file: ask_peft.py CASES OUT."""
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


def model_of(case):
    kind = AutoModelForCausalLM if case["task"] == "CausalLm" else AutoModelForSequenceClassification
    model, report = kind.from_pretrained(case["model"], dtype=torch.float32, output_loading_info=True)
    faults = {k: list(v) for k, v in report.items() if v}
    if case["strict"] and faults:
        raise ValueError(f"transformers reports {faults}")
    adapters = case["adapters"]
    if not adapters:
        return model
    model = PeftModel.from_pretrained(model, adapters[0], adapter_name="0")
    for i, folder in enumerate(adapters[1:], 1):
        model.load_adapter(folder, adapter_name=str(i))
    if case["combination"]:
        names = [str(i) for i in range(len(adapters))]
        model.add_weighted_adapter(names, case["weights"], "all", combination_type=case["combination"])
        model.set_adapter("all")
    return model


answers = {}
for case in json.load(open(sys.argv[1])):
    try:
        batch = json.load(open(case["batch"]))
        inputs = {k: torch.tensor(batch[k]) for k in ("input_ids", "attention_mask")}
        with torch.no_grad():
            answers[case["name"]] = {"logits": model_of(case).eval()(**inputs).logits.double().flatten().tolist()}
    except Exception as e:
        answers[case["name"]] = {"error": f"{type(e).__name__}: {e}"}
json.dump(answers, open(sys.argv[2], "w"))

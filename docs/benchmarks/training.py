"""Writes training.md: LoRA training against PEFT, by the cluster's own benchmark `peer`, over precision, threads and batching.

    dotnet build -c Release
    dotnet run -c Release --no-build --project AppHost -- --no-quickstart --silos 1 --python PYTHON [--python-path DIR]      (in another console)
    python3 docs/benchmarks/training.py --minilm DIR --distilbert DIR --dataset DIR [--rounds 3] > docs/benchmarks/training.md

PYTHON is one with torch, transformers and peft; this script needs none of them. Each case says on standard error that it is done.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys

import alternate

root = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser()
parser.add_argument("--minilm", required=True, help="folder of MiniLM-L6 (BERT)")
parser.add_argument("--distilbert", required=True, help="folder of a DistilBERT with its weights")
parser.add_argument("--dataset", required=True, help="folder with SST-2's train.tsv")
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()

client = ["dotnet", str(root / "Client/bin/Release/net10.0/Client.dll")]
models = [("MiniLM-L6", args.minilm, "query,value", 40), ("DistilBERT size", args.distilbert, "q_lin,v_lin", 16)]
rows, facts = [], []
for (label, folder, targets, steps), batching, threads, dtype in itertools.product(models, ["grouped", "random"], [2, 1], ["fp32", "bf16"]):
    job = alternate.last_json([*client, "bench", "peer", "--json", "--model", folder, "--dataset", args.dataset, "--target", targets,
                               "--max-steps", str(steps), "--rounds", str(args.rounds), "--batching", batching, "--threads", str(threads),
                               "--dtype", dtype])
    figures = {(m["configuration"], m["quantity"]): m for m in job["measurements"]}
    ours, theirs = figures["LoraCluster", "training speed"], figures["PEFT", "training speed"]
    memory = figures["LoraCluster", "peak memory"]
    rows.append(f"| {label} | {batching} | {dtype} | {threads} | {ours['median']:.0f} | {theirs['median']:.0f} | **{ours['ratio']:.2f}** | "
                f"{ours['ratioLowerQuartile']:.2f} - {ours['ratioUpperQuartile']:.2f} | {memory['ratio']:.2f} |")
    print(rows[-1], file=sys.stderr, flush=True)
    facts = alternate.last_json([*client, "show", job["jobId"], "--json"])["environment"]

processor = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name"))
family, model = (next(line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith(name + "\t"))
                 for name in ("cpu family", "model"))
commit = subprocess.run(["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
machine = "; ".join(fact for fact in facts if not fact.startswith(("host:", "silo-", "device:", "program:", "threads:")))
print(f"""# LoRA training against PEFT

Written by [training.py](training.py) from `client bench peer`: the same work by LoraCluster and by PEFT (eager, autocast for bf16) in turn, each time in a
fresh process, {args.rounds} times each. Ratios are of neighbours, with their quartiles; above 1 ours is faster (speed) or larger (peak memory). Work: SST-2's
real sentences, batches of 32 rows (each as wide as its longest row), LoRA r = 8 on query and value, dropout 0.1 everywhere, AdamW, warm-up, clipping;
the first five steps do not count. *Grouped* batches hold rows of like length, *random* ones do not, so they are padded more.
DistilBERT size: random weights.

Processor: {processor}, family {family}, model {model}; {machine}; commit `{commit}`.

| model | batches | dtype | threads | ours, samples/s | PEFT, samples/s | ratio | quartiles | memory, ratio |
|---|---|---|---|---|---|---|---|---|""")
print("\n".join(rows))

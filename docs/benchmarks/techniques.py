"""What each technique of a fast step gives, added one after the other; prints a Markdown table.

    python3 docs/benchmarks/techniques.py --model DIR --dataset DIR [--rounds 5] [--dtype fp32|bf16] [--threads 2] [--micro-batch 32]

Build first: dotnet build -c Release Solo.
"""
import argparse
import pathlib
import statistics

import alternate

ORDER = {"packed": "frozen linears on packed weights", "dropout": "dropout from a counter", "first": "last layer for [CLS] alone",
         "adamw": "AdamW in one pass", "heap": "freed pages stay with the process"}
root = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--dataset", required=True)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--micro-batch", type=int, default=32)
parser.add_argument("--max-steps", type=int, default=60)
args = parser.parse_args()

common = ["dotnet", str(root / "Solo/bin/Release/net10.0/Solo.dll"), "train", "--model", args.model, "--dataset", args.dataset, "--no-eval",
          "--max-steps", str(args.max_steps), "--max-examples", str(32 * args.max_steps), "--dropout", "0.1", "--untimed", "5",
          "--threads", str(args.threads), "--dtype", args.dtype, "--micro-batch", str(args.micro_batch)]
names = list(ORDER)
commands = {"none": [*common, "--without", ",".join(names)]}
for k, name in enumerate(names):
    commands[name] = common + (["--without", ",".join(names[k + 1:])] if names[k + 1:] else [])
results = alternate.rounds(commands, args.rounds)
rates = {name: [r["samplesPerSecond"] for r in found] for name, found in results.items()}
print(f"| {args.dtype}, {args.threads} threads, micro-batch {args.micro_batch} | samples/s | ratio to the line above | quartiles |")
print("|---|---|---|---|")
print(f"| none: autograd on plain operators | {statistics.median(rates['none']):.0f} | | |")
for before, name in zip(commands, names):
    low, middle, high = alternate.ratio(rates[name], rates[before])
    print(f"| {ORDER[name]} | {statistics.median(rates[name]):.0f} | {middle:.2f} | {low:.2f} - {high:.2f} |", flush=True)

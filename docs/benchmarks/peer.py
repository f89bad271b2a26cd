"""Runs `solo train` and PEFT in turn on the same work and prints the ratios of their rates with quartiles, as Markdown.

    python3 docs/benchmarks/peer.py --model DIR --dataset DIR [--python PYTHON] [--rounds 5] [--dtype fp32|bf16] [--threads 2]
                                    [--micro-batch 32] [--batch 32] [--device cuda:0] [--random-weights --vocab FILE --targets q_lin,v_lin]

Build first: dotnet build -c Release Solo. The two alternate (ours, theirs, ours, ...) so that a machine whose speed drifts slows both.
"""
import argparse
import pathlib
import statistics
import sys

import alternate

root = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--dataset", required=True)
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--micro-batch", type=int)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--device", default="cpu")
parser.add_argument("--max-steps", type=int, default=60)
parser.add_argument("--random-weights", action="store_true")
parser.add_argument("--vocab")
parser.add_argument("--targets", default="query,value")
parser.add_argument("--untimed", type=int, default=5)
parser.add_argument("--label", default="")
parser.add_argument("--solo", default=str(root / "Solo/bin/Release/net10.0/Solo.dll"))
args = parser.parse_args()
args.micro_batch = args.micro_batch or args.batch

common = ["--model", args.model, "--dataset", args.dataset, "--max-steps", str(args.max_steps), "--max-examples", str(args.batch * args.max_steps),
          "--dropout", "0.1", "--threads", str(args.threads), "--untimed", str(args.untimed), "--device", args.device]
if args.random_weights:
    common += ["--random-weights", "--vocab", args.vocab]
ours = ["dotnet", args.solo, "train", *common, "--no-eval", "--dtype", args.dtype,
        "--micro-batch", str(args.micro_batch), "--global-batch", str(args.batch), "--target", args.targets]
theirs = [args.python, str(root / "Grains/Benchmarks/peft_loop.py"), *common, "--batch", str(args.batch), "--targets", args.targets]
theirs += ["--bf16"] if args.dtype == "bf16" else []

results = alternate.rounds({"ours": ours, "theirs": theirs}, args.rounds)
rates = {name: [r["samplesPerSecond"] for r in found] for name, found in results.items()}
low, middle, high = alternate.ratio(rates["ours"], rates["theirs"])
label = args.label or pathlib.Path(args.model).name
print(f"| {label} | {args.dtype} | {args.threads} | {args.micro_batch} | {statistics.median(rates['ours']):.0f} | "
      f"{statistics.median(rates['theirs']):.0f} | **{middle:.2f}** | {low:.2f} - {high:.2f} | {args.rounds} |", flush=True)

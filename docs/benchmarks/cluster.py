"""One silo with one trainer against the bare loop, the same work in turn: the cluster's share of a step. Prints Markdown table rows.

    dotnet build -c Release
    dotnet run -c Release --no-build --project AppHost -- --no-quickstart --silos 1      (in another console)
    python3 docs/benchmarks/cluster.py --model DIR --dataset DIR [--rounds 5] [--threads 2] [--micro-batch 32]
"""
import argparse
import pathlib
import statistics

import alternate

root = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--dataset", required=True)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--micro-batch", type=int, default=32)
parser.add_argument("--max-steps", type=int, default=150)
args = parser.parse_args()

work = ["--model", args.model, "--dataset", args.dataset, "--max-steps", str(args.max_steps), "--max-examples", str(32 * args.max_steps),
        "--dropout", "0.1", "--micro-batch", str(args.micro_batch)]
solo = ["dotnet", str(root / "Solo/bin/Release/net10.0/Solo.dll"), "train", *work, "--no-eval", "--threads", str(args.threads)]
client = ["dotnet", str(root / "Client/bin/Release/net10.0/Client.dll")]
cluster = [*client, "train", "--json", *work, "--trainers", "1", "--threads-per-trainer", str(args.threads)]
results = alternate.rounds({"cluster": cluster, "solo": solo}, args.rounds)
rates = {name: [r["samplesPerSecond"] for r in found] for name, found in results.items()}
waits = []
for run in results["cluster"]:
    shown = alternate.last_json([*client, "show", run["run"], "--json"])
    waits.append((shown["stepTimeMs"], shown["allReduceTimeMs"]))
low, middle, high = (100 * (1 - r) for r in alternate.ratio(rates["cluster"], rates["solo"])[::-1])
print(f"| {args.threads} | {args.micro_batch} | {statistics.median(rates['cluster']):.0f} | {statistics.median(rates['solo']):.0f} | "
      f"**{middle:.1f} %** | {low:.1f} - {high:.1f} % | {statistics.median(s for s, _ in waits):.1f} | "
      f"{statistics.median(w for _, w in waits):.2f} | {args.rounds} |", flush=True)

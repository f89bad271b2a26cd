"""Processor time of an idle silo with and without telemetry being exported, side by side. Prints Markdown table rows. Linux.

    dotnet build -c Release
    dotnet run -c Release --no-build --project AppHost -- --no-quickstart --silos 1      (in another console; says the store's address)
    python3 docs/benchmarks/telemetry.py --store HOST:PORT [--rounds 3] [--seconds 60]

Both silos join that cluster, on one thread each. The exporting one is given the variables that the app host gives its own silo.
"""
import argparse
import os
import pathlib
import subprocess
import time

root = pathlib.Path(__file__).resolve().parents[2]
silo = str(root / "Silo/bin/Release/net10.0/Silo.dll")
parser = argparse.ArgumentParser()
parser.add_argument("--store", required=True)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=int, default=60)
args = parser.parse_args()


def telemetry_variables():
    """OTEL_* of the app host's silo."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if silo.encode() not in (process / "cmdline").read_bytes():
                continue
            lines = (process / "environ").read_bytes().decode().split("\0")
        except OSError:
            continue
        found = dict(line.split("=", 1) for line in lines if line.startswith("OTEL_") and "SERVICE" not in line and "RESOURCE" not in line)
        if "OTEL_EXPORTER_OTLP_ENDPOINT" in found:
            return found
    raise SystemExit("no silo of an app host exports telemetry on this machine")


def start(name, variables):
    command = ["dotnet", silo, "--redis", args.store, "--name", name, "--device", "cpu", "--threads", "1"]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    process = subprocess.Popen(command, env=plain | variables, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "active in cluster" in line:
            return process
    raise SystemExit(f"{name} did not start")


def milliseconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


silos = {"without": start("without", {}), "with": start("with", telemetry_variables())}
try:
    time.sleep(args.seconds)  # what is called often is compiled anew meanwhile
    for _ in range(args.rounds):
        before = {name: milliseconds(process) for name, process in silos.items()}
        time.sleep(args.seconds)
        used = {name: (milliseconds(process) - before[name]) / args.seconds for name, process in silos.items()}
        share = (used["with"] - used["without"]) / (1000 * os.cpu_count())
        print(f"| {used['without']:.1f} ms | {used['with']:.1f} ms | {100 * share:.2f} % |", flush=True)
finally:
    for process in silos.values():
        process.terminate()
        process.wait(30)

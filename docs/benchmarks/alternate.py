"""Commands in turn (a, b, a, b, ...), so that a machine whose speed drifts slows all of them alike; and ratios of what they report."""
import json
import statistics
import subprocess
import sys


def last_json(command):
    """The last line of the command's output, as JSON; ends this process with the command's messages if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}{done.stdout}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def rounds(commands, count):
    """Runs each named command `count` times in turn; returns name -> list of results."""
    results = {name: [] for name in commands}
    for _ in range(count):
        for name, command in commands.items():
            results[name].append(last_json(command))
    return results


def ratio(above, below):
    """Quartiles (low, median, high) of the ratios of paired figures."""
    ratios = [a / b for a, b in zip(above, below)]
    return statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3

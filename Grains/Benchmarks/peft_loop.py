"""The peer of our own training loop: the same LoRA work in PyTorch and PEFT, eager. Prints one JSON line.

Needs torch, transformers and peft; driven by the benchmark "peer" and by docs/benchmarks/peer.py. Rows, lengths, dropouts, batch size and
optimizer are those of ours; the random numbers are PyTorch's own.
"""
import argparse
import json
import math
import pathlib
import random
import resource
import time

import peft
import torch
import transformers
from peft import LoraConfig, TaskType, get_peft_model

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--dataset", required=True)
parser.add_argument("--vocab")
parser.add_argument("--random-weights", action="store_true")
parser.add_argument("--targets", default="query,value")
parser.add_argument("--dropout", type=float, default=0.1)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--max-steps", type=int, default=60)
parser.add_argument("--max-examples", type=int, default=1920)
parser.add_argument("--untimed", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batching", choices=["grouped", "random"], default="grouped")
parser.add_argument("--bf16", action="store_true")
parser.add_argument("--device", default="cpu", help="cpu or cuda:N")
parser.add_argument("--rank", type=int, default=8)
parser.add_argument("--lr", type=float, default=1e-3)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
random.seed(0)
transformers.logging.set_verbosity_error()

folder = pathlib.Path(args.model)
vocabulary = args.vocab or str(folder / "vocab.txt")
tokenizer = transformers.BertTokenizer(vocabulary)
lines = (pathlib.Path(args.dataset) / "train.tsv").read_text(encoding="utf-8").split("\n")[1:]
pairs = [line.rsplit("\t", 1) for line in lines if line][: args.max_examples]
encoded = tokenizer([text.strip() for text, _ in pairs], truncation=True, max_length=128)["input_ids"]
rows = list(zip(encoded, [int(label) for _, label in pairs]))

config = transformers.AutoConfig.from_pretrained(args.model, num_labels=2)
kind = transformers.AutoModelForSequenceClassification
base = kind.from_config(config) if args.random_weights else kind.from_pretrained(args.model, config=config)
lora = LoraConfig(task_type=TaskType.SEQ_CLS, r=args.rank, lora_alpha=2 * args.rank, lora_dropout=args.dropout, target_modules=args.targets.split(","))
model = get_peft_model(base, lora)
model.to(args.device)
model.train()
trainable = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trainable, lr=args.lr, weight_decay=0.01)
steps = args.max_steps or math.ceil(len(rows) / args.batch)
warmup = int(0.06 * steps)
schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)


def batches_of(batching):
    """Endless: rows in random order; grouped, megabatches of 50 batches are sorted by length and the batches shuffled."""
    while True:
        order = random.sample(range(len(rows)), len(rows))
        if batching == "random":
            yield from (order[k : k + args.batch] for k in range(0, len(order), args.batch))
            continue
        batches = []
        for first in range(0, len(order), 50 * args.batch):
            part = sorted(order[first : first + 50 * args.batch], key=lambda k: len(rows[k][0]))
            batches += [part[k : k + args.batch] for k in range(0, len(part), args.batch)]
        random.shuffle(batches)
        yield from batches


seconds, count, tokens, losses = 0.0, 0, 0, []
for step, batch in zip(range(steps), batches_of(args.batching)):
    start = time.perf_counter()
    width = max(len(rows[k][0]) for k in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for n, k in enumerate(batch):
        ids[n, : len(rows[k][0])] = torch.tensor(rows[k][0])
        mask[n, : len(rows[k][0])] = 1
    labels = torch.tensor([rows[k][1] for k in batch]).to(args.device)
    ids, mask = ids.to(args.device), mask.to(args.device)
    with torch.autocast(args.device.split(":")[0], torch.bfloat16, enabled=args.bf16):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trainable, 1.0)
    optimizer.step()
    schedule.step()
    losses.append(loss.item())
    if step >= args.untimed:
        seconds += time.perf_counter() - start
        count += len(batch)
        tokens += int(mask.sum())

print(json.dumps({"samplesPerSecond": round(count / seconds, 2), "tokensPerSecond": round(tokens / seconds, 1), "losses": losses[-3:],
                  "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                  "versions": f"PyTorch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}"}))

"""Trains the network of an Entrain run with PyTorch and prints, on rank 0, one line of JSON with its speed and memory.

Ranks are told apart by RANK, WORLD_SIZE and INIT_METHOD; several are DistributedDataParallel over gloo."""

import argparse
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "launch"))
import torch
from entrain_torch import load
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("run", help="run directory")
parser.add_argument("--shape", type=int, nargs="+", required=True, help="of a sample")
parser.add_argument("--batch", type=int, required=True, help="samples a rank and step")
parser.add_argument("--layout", choices=["contiguous", "channels_last"], required=True)
parser.add_argument("--windows", type=int, required=True)
parser.add_argument("--window", type=float, required=True, help="seconds")
arguments = parser.parse_args()

torch.set_num_threads(1)
torch.set_flush_denormal(True)
rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
module, _, classes = load(arguments.run)
module.train()
shape = (8 * arguments.batch, *arguments.shape)
generator = torch.Generator().manual_seed(rank)
if len(arguments.shape) == 1:
    samples = torch.randint(0, 1000, shape, generator=generator)
else:
    samples = torch.randn(shape, generator=generator)
labels = torch.randint(0, len(classes), (len(samples),), generator=generator)
if arguments.layout == "channels_last":
    layout = torch.channels_last if len(arguments.shape) == 3 else torch.channels_last_3d
    module, samples = module.to(memory_format=layout), samples.contiguous(memory_format=layout)
optimizer = torch.optim.SGD(module.parameters(), lr=0.001, momentum=0.9, fused=True)
network = module
if ranks > 1:
    import torch.distributed as distributed
    from torch.nn.parallel import DistributedDataParallel

    distributed.init_process_group("gloo", init_method=os.environ["INIT_METHOD"], rank=rank, world_size=ranks)
    network = DistributedDataParallel(module, gradient_as_bucket_view=True, forward_sync_buffers=False)


def train(steps):
    for step in range(steps):
        part = slice(step % 8 * arguments.batch, (step % 8 + 1) * arguments.batch)
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(samples[part]), labels[part]).backward()
        optimizer.step()


train(1)
start = time.perf_counter()
train(1)
# The same on every rank, which meet in each step.
steps = torch.tensor([max(1, round(arguments.window / (time.perf_counter() - start)))])
if ranks > 1:
    distributed.broadcast(steps, 0)
speeds = []
for _ in range(arguments.windows):
    start = time.perf_counter()
    train(int(steps))
    speeds.append(int(steps) * arguments.batch * ranks / (time.perf_counter() - start))
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
if rank == 0:
    print(json.dumps({"samplesPerSecond": speeds, "peakResidentBytes": [peak]}), flush=True)
if ranks > 1:
    # gloo's threads may abort a process that ends in the ordinary way while they run.
    distributed.barrier()
    os._exit(0)

"""Trains the benchmark's network with PyTorch on this rank and prints, on rank 0, one line of JSON with its speed.

`pytorch` is one rank without communication; `ddp` is DistributedDataParallel over gloo; `flat` keeps all gradients in one
buffer that is summed by one MPI_Allreduce a step, which saves DDP's buckets, hooks and sockets. Ranks of `ddp` are told
apart by RANK, WORLD_SIZE and INIT_METHOD, ranks of `flat` by mpirun.

Each is in its best variant. Compared in one process, variants taking turns, by processor time, in samples a second of it
(PyTorch 2.13, AVX-512, one core, 64 samples a step; best of 60 windows):

    fused SGD, gradients set to None       28,300      loss compiled (torch.compile)            26,300
    the same, samples held as float32      28,300      whole step with optimizer compiled       28,500
    for-each SGD                           25,900      model and gradients in one flat buffer   25,100
    SGD, a loop over parameters            26,600      oneDNN off (Linear uses MKL either way)  28,100
    gradients zeroed, not set to None      25,400

Compiling gains nothing beyond the noise, here as at 128 samples, and costs ten seconds and more before the first step.
Samples held as bytes are as fast as float32 ones and take 135 MiB less. For `flat`, gradients that are views of the buffer
are as fast as separate ones copied into it.
"""

import argparse
import gc
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("peer", choices=["pytorch", "ddp", "flat"])
parser.add_argument("--batch", type=int, required=True, help="samples a rank and step")
parser.add_argument("--warmup", type=int, default=300, help="steps before the first window")
parser.add_argument("--windows", type=int, default=10)
parser.add_argument("--steps", type=int, default=100, help="steps a window")
arguments = parser.parse_args()

import numpy
import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)
torch.set_flush_denormal(True)

communicator = None
rank, ranks = 0, 1
if arguments.peer == "ddp":
    import torch.distributed as distributed
    from torch.nn.parallel import DistributedDataParallel

    rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    distributed.init_process_group("gloo", init_method=os.environ["INIT_METHOD"], rank=rank, world_size=ranks)
elif arguments.peer == "flat":
    from mpi4py import MPI

    communicator = MPI.COMM_WORLD
    rank, ranks = communicator.rank, communicator.size

SAMPLES, FEATURES, CLASSES = 60_000, 784, 10
RATE, MOMENTUM = 0.05, 0.9

# The cheapest generator: making the data is part of the time to the first step.
generator = numpy.random.Generator(numpy.random.SFC64(1))
labels = torch.from_numpy(generator.integers(0, CLASSES, SAMPLES))
samples = torch.from_numpy(generator.integers(0, 256, (SAMPLES, FEATURES), dtype=numpy.uint8))


def batches():
    """This rank's part of global batches without end, drawn from a new permutation each epoch."""
    batch, whole = arguments.batch, arguments.batch * ranks
    while True:
        order = torch.randperm(SAMPLES)
        for first in range(0, SAMPLES - whole + 1, whole):
            indices = order[first + rank * batch : first + (rank + 1) * batch]
            # Standardised: a uniform byte has mean 127.5 and standard deviation 73.9.
            inputs = samples.index_select(0, indices).to(torch.float32).sub_(127.5).mul_(1 / 73.9)
            yield inputs, labels.index_select(0, indices)


torch.manual_seed(1)
model = nn.Sequential(
    nn.Linear(FEATURES, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, CLASSES))

flat_gradient = None
if arguments.peer == "flat":
    counts = [parameter.numel() for parameter in model.parameters()]
    flat_gradient = torch.zeros(sum(counts))
    for parameter, view in zip(model.parameters(), flat_gradient.split(counts)):
        parameter.grad = view.view_as(parameter)
optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, fused=True)

if arguments.peer == "ddp":
    model = DistributedDataParallel(model, gradient_as_bucket_view=True)

# The mean over all ranks is a sum of gradients scaled from the start, at no cost.
share = torch.tensor(1 / ranks)


def step(inputs, targets):
    if flat_gradient is None:
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(inputs), targets).backward()
    else:
        flat_gradient.zero_()
        functional.cross_entropy(model(inputs), targets).backward(share)
        communicator.Allreduce(MPI.IN_PLACE, flat_gradient.numpy())
    optimizer.step()


stream = batches()
step(*next(stream))
first_step_seconds = time.time() - float(os.environ.get("ENTRAIN_LAUNCH_TIME", "nan"))

gc.collect()
gc.disable()
for _ in range(arguments.warmup):
    step(*next(stream))
speeds = []
for _ in range(arguments.windows):
    start = time.perf_counter()
    for _ in range(arguments.steps):
        step(*next(stream))
    speeds.append(arguments.steps * arguments.batch * ranks / (time.perf_counter() - start))

with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
peaks = [peak]
if arguments.peer == "ddp":
    peaks = [None] * ranks
    distributed.all_gather_object(peaks, peak)
elif arguments.peer == "flat":
    peaks = communicator.gather(peak)
if rank == 0:
    print(json.dumps({
        "samplesPerSecond": speeds, "firstStepSeconds": first_step_seconds, "peakResidentBytes": peaks}), flush=True)
if arguments.peer == "ddp":
    # gloo's threads may abort a process that ends in the ordinary way while they run.
    distributed.barrier()
    os._exit(0)

"""Trains one of the benchmark's networks with PyTorch on this rank and prints, on rank 0, one line of JSON with its speed.

`pytorch` is one rank without communication; `ddp` is DistributedDataParallel over gloo; `flat` keeps all gradients in one
buffer that is summed by one MPI_Allreduce a step, which saves DDP's buckets, hooks and sockets. Ranks of `ddp` are told
apart by RANK, WORLD_SIZE and INIT_METHOD, ranks of `flat` by mpirun.

Layout, compilation and the weights of bf16 are the variants of variants.py, of which the benchmark takes the fastest. What
holds for all of them was compared once, in one process, variants taking turns, by processor time, in samples a second of it
(PyTorch 2.13, AVX-512, one core, the mlp at 64 samples a step; best of 60 windows):

    fused SGD, gradients set to None       28,300      gradients zeroed, not set to None        25,400
    the same, samples held as float32      28,300      model and gradients in one flat buffer   25,100
    for-each SGD                           25,900      oneDNN off (Linear uses MKL either way)  28,100
    SGD, a loop over parameters            26,600

Samples held as bytes are as fast as float32 ones and take 135 MiB less. For `flat`, gradients that are views of the buffer
are as fast as separate ones copied into it.
"""

import argparse
import gc
import json
import math
import os
import time

from variants import DTYPES, variant_named

parser = argparse.ArgumentParser()
parser.add_argument("peer", choices=["pytorch", "ddp", "flat"])
parser.add_argument("--net", required=True, choices=["mlp", "lenet5", "cnn", "resnet20"])
parser.add_argument("--dtype", default="f32", choices=DTYPES)
parser.add_argument("--variant", required=True, help="see variants.py")
parser.add_argument("--batch", type=int, required=True, help="samples a rank and step")
parser.add_argument("--warmup", type=int, required=True, help="steps before the first window")
parser.add_argument("--windows", type=int, required=True)
parser.add_argument("--steps", type=int, required=True, help="steps a window")
arguments = parser.parse_args()
try:
    variant = variant_named(arguments.variant, arguments.net, arguments.dtype)
except ValueError as error:
    parser.error(str(error))

import numpy
import torch
from torch import nn
from torch.nn import functional

from networks import CLASSES, DATA, NETWORKS

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

RATE, MOMENTUM = 0.001, 0.9
channels_last = variant.layout == "channels_last"
working_dtype = torch.bfloat16 if variant.weights == "master" else torch.float32

# The cheapest generator: making the data is part of the time to the first step.
shape, sample_count = DATA[arguments.net]
generator = numpy.random.Generator(numpy.random.SFC64(1))
labels = torch.from_numpy(generator.integers(0, CLASSES, sample_count))
stored_shape = (*shape[1:], shape[0]) if channels_last else shape
samples = torch.from_numpy(generator.integers(0, 256, (sample_count, *stored_shape), dtype=numpy.uint8))


def batches():
    """This rank's part of global batches without end, drawn from a new permutation each epoch."""
    batch, whole = arguments.batch, arguments.batch * ranks
    while True:
        order = torch.randperm(sample_count)
        for first in range(0, sample_count - whole + 1, whole):
            indices = order[first + rank * batch : first + (rank + 1) * batch]
            # Standardised: a uniform byte has mean 127.5 and standard deviation 73.9.
            inputs = samples.index_select(0, indices).to(working_dtype).sub_(127.5).mul_(1 / 73.9)
            yield inputs.permute(0, 3, 1, 2) if channels_last else inputs, labels.index_select(0, indices)


torch.manual_seed(1)
model = NETWORKS[arguments.net]()
if channels_last:
    model.to(memory_format=torch.channels_last)
if variant.weights == "master":
    # Normalisation stays in float32, as under autocast.
    for layer in model.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.to(torch.bfloat16)
working = list(model.parameters())
# What the optimizer updates.
parameters = [weights.detach().float() for weights in working] if variant.weights == "master" else working

flat_gradient = None
if arguments.peer == "flat":
    flat_gradient = torch.zeros(sum(weights.numel() for weights in parameters))
    offset = 0
    for weights in parameters:
        # The strides have to be the weights': fused SGD goes through both as they lie in memory.
        weights.grad = flat_gradient.as_strided(weights.shape, weights.stride(), offset)
        offset += weights.numel()
elif variant.weights == "master":
    for weights in parameters:
        weights.grad = torch.zeros_like(weights)
optimizer = torch.optim.SGD(parameters, lr=RATE, momentum=MOMENTUM, fused=True)

network = torch.compile(model) if variant.execution == "compiled" else model
if arguments.peer == "ddp":
    # Each rank normalises by its own statistics, so there are no buffers to send. A network compiled inside is as fast as
    # one compiled with DDP around it, or faster, and the graph can be static.
    network = DistributedDataParallel(
        network, gradient_as_bucket_view=True, static_graph=True, forward_sync_buffers=False)

# The mean over all ranks is a sum of gradients scaled from the start, at no cost. DDP divides by itself.
share = torch.tensor(1.0 if arguments.peer == "ddp" else 1 / ranks)


def loss(inputs, targets):
    if variant.weights == "autocast":
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(inputs)
    else:
        logits = network(inputs)
    return functional.cross_entropy(logits.float(), targets)


def step(inputs, targets):
    """One update; the loss of this rank's samples."""
    if flat_gradient is not None and variant.weights != "master":
        flat_gradient.zero_()
    else:
        for weights in working:
            weights.grad = None
    value = loss(inputs, targets)
    value.backward(share)
    if variant.weights == "master":
        torch._foreach_copy_([weights.grad for weights in parameters], [weights.grad for weights in working])
    if flat_gradient is not None:
        communicator.Allreduce(MPI.IN_PLACE, flat_gradient.numpy())
    optimizer.step()
    if variant.weights == "master":
        with torch.no_grad():
            torch._foreach_copy_(working, parameters)
    return value


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
        last_loss = step(*next(stream))
    speeds.append(arguments.steps * arguments.batch * ranks / (time.perf_counter() - start))
if not math.isfinite(last_loss.item()):
    parser.exit(1, f"error: the loss of {arguments.net} in {arguments.dtype} is {last_loss.item()}, expected a finite one\n")

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

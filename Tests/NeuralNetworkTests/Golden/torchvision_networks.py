"""Makes torchvision_networks.json: names and shapes of the tensors of torchvision's networks, and logits for weights that are no
one's but known.

To make it again, from this directory, with a torchvision that goes with the PyTorch of requirements.txt:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r requirements.txt torchvision
    /tmp/golden/bin/python torchvision_networks.py

Number i of tensor k, both from 0, is offset + amplitude * table[(i + 31 * k) % 4099], rounded to float32; the table is that of a linear
congruence, and offset and amplitude go by the tensor's name and shape, see `tensor`. Number i of the input is table[i % 4099]. Logits
are computed in float64.
"""

import math

import torch
import torchvision

from waves import numbers, write

TABLE = [0.0] * 4099
state = 1
for index in range(len(TABLE)):
    state = (1664525 * state + 1013904223) % 2**32
    TABLE[index] = state / 2**31 - 1
TABLE = torch.tensor(TABLE, dtype=torch.float64)


def cycle(count, first=0):
    return TABLE[(torch.arange(count) + first) % len(TABLE)]


def tensor(name, shape, number):
    role = name.split(".")[-1]
    if len(shape) > 1 and role == "weight":
        offset, amplitude = 0.0, 2 / math.sqrt(math.prod(shape[1:]))
    else:
        offset, amplitude = {
            "weight": (1.0, 0.2), "bias": (0.0, 0.1), "running_mean": (0.0, 0.1), "running_var": (1.0, 0.4),
            "layer_scale": (0.5, 0.3),
        }[role]
    return (offset + amplitude * cycle(math.prod(shape), 31 * number)).float().reshape(shape)


def state_of(model):
    """Without the counts of batches, which say nothing of a network."""
    return {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def logits(model, batch, side):
    filled = {name: tensor(name, value.shape, number) for number, (name, value) in enumerate(state_of(model).items())}
    model.load_state_dict(filled, strict=False)
    samples = cycle(batch * 3 * side * side).float().reshape(batch, 3, side, side)
    with torch.no_grad():
        return numbers(model.double().eval()(samples.double()))


def cifar(model):
    model.conv1, model.maxpool = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False), torch.nn.Identity()
    return model


def narrow(model, hidden, classes):
    """VGG with smaller hidden layers, for a test of a second."""
    model.classifier[0] = torch.nn.Linear(512 * 7 * 7, hidden)
    model.classifier[3] = torch.nn.Linear(hidden, hidden)
    model.classifier[6] = torch.nn.Linear(hidden, classes)
    return model


models = torchvision.models
CLASSES = 10
networks = {
    "resnet18": models.resnet18, "resnet34": models.resnet34, "resnet50": models.resnet50, "vgg11-bn": models.vgg11_bn,
    "mobilenet-v2": models.mobilenet_v2, "convnext-tiny": models.convnext_tiny, "densenet121": models.densenet121,
}
shapes = []
for name, make in networks.items():
    model = make()
    shapes.append({
        "network": name, "parameterCount": sum(value.numel() for value in model.parameters()),
        "tensors": [{"name": key, "shape": list(value.shape)} for key, value in state_of(model).items()],
    })
cases = []
for name, batch, side, model in [
    ("resnet18", 2, 64, models.resnet18(num_classes=CLASSES)),
    ("resnet18, stem cifar", 2, 16, cifar(models.resnet18(num_classes=CLASSES))),
    ("resnet34", 1, 32, models.resnet34(num_classes=CLASSES)),
    ("resnet50", 1, 64, models.resnet50(num_classes=CLASSES)),
    ("vgg11-bn, hidden 64", 2, 32, narrow(models.vgg11_bn(), 64, CLASSES)),
    ("vgg11-bn, hidden 64", 1, 96, narrow(models.vgg11_bn(), 64, CLASSES)),
    ("mobilenet-v2", 2, 64, models.mobilenet_v2(num_classes=CLASSES)),
    ("convnext-tiny", 1, 64, models.convnext_tiny(num_classes=CLASSES)),
    ("densenet121", 2, 64, models.densenet121(num_classes=CLASSES)),
]:
    cases.append({
        "network": name, "batch": batch, "side": side, "classes": CLASSES,
        "logits": logits(model, batch, side),
    })
made_with = [f"{module.__name__} {module.__version__.split('+')[0]}" for module in (torch, torchvision)]
write("torchvision_networks.json", {
    "madeBy": "torchvision_networks.py", "madeWith": ", ".join(made_with), "networks": shapes, "cases": cases,
})

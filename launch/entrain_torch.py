"""Weights of Entrain as a PyTorch module. Needs PyTorch alone.

    module, preprocess, classes = load("runs/digits")     # a run directory or its model.safetensors
    probabilities = module(preprocess(samples)).softmax(1)          # of labels: .sigmoid()

`module` gives logits, [N, classes or labels], or the targets of a regression, [N, T], and is in evaluation mode; its parameters can be trained
on. `preprocess` takes samples as they stand in the data, [N, C, H, W], [N, features] and so on: arrays or tensors, bytes of images as 0 to
255, columns of categories as `entrain.encoding` of the file has them. `classes` are their names; None of a regression."""
import json, os, torch
from torch import nn


class Dense(nn.Linear):
    """Flattens its input."""

    def forward(self, x):
        return super().forward(x.flatten(1))


class BatchNormalization(nn.modules.batchnorm._BatchNorm):
    """Of vectors, signals, maps and volumes."""

    def _check_input_dim(self, x):
        pass


class Pooling(nn.Module):
    """By the function of PyTorch for as many dimensions as the input has."""

    def __init__(self, name, *window):
        super().__init__()
        self.name, self.window = name, window

    def forward(self, x):
        return getattr(nn.functional, self.name.format(x.dim() - 2))(x, *self.window)


class Residual(nn.Module):
    def __init__(self, branch, shortcut, pads):
        super().__init__()
        self.branch, self.shortcut, self.pads = branch, shortcut, pads  # pads: zeros for further channels

    def forward(self, x):
        sum_, way = self.branch(x), self.shortcut(x)
        if self.pads:
            sides = range(2, x.dim())
            stride = max(-(-x.shape[side] // sum_.shape[side]) for side in sides)
            way = x[(..., *(slice(None, None, stride) for _ in sides))]
            way = nn.functional.pad(way, (0, 0) * len(sides) + (0, sum_.shape[1] - x.shape[1]))
        return sum_ + way


def make(name, settings, path, tensors):
    """The module of one layer, with sizes from its tensors."""
    shape = tensors[f"{path}.weight"].shape if f"{path}.weight" in tensors else ()
    window = [settings.get(key) for key in ("kernel", "stride", "padding")]
    if name == "dense":
        return Dense(shape[1], shape[0], settings["bias"])
    if name == "convolution":
        kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3]
        return kind(shape[1] * settings["groups"], shape[0], *window, 1, settings["groups"], settings["bias"])
    if name == "batchNormalization":
        return BatchNormalization(shape[0], settings["epsilon"], settings["momentum"])
    if name == "layerNormalization":
        return nn.LayerNorm(shape, settings["epsilon"])
    if name == "residual":
        branch, way = settings["branch"], settings["shortcut"]
        return Residual(build(branch, f"{path}.branch.", tensors),
                        build(way if isinstance(way, list) else [], f"{path}.shortcut.", tensors), way == "padding")
    others = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten,
        "gelu": lambda: nn.GELU("tanh" if settings["form"] == "tanh" else "none"),
        "dropout": lambda: nn.Dropout(settings["rate"]),
        "maxPooling": lambda: Pooling("max_pool{}d", *window), "averagePooling": lambda: Pooling("avg_pool{}d", *window),
        "globalMaxPooling": lambda: Pooling("adaptive_max_pool{}d", 1),
        "globalAveragePooling": lambda: Pooling("adaptive_avg_pool{}d", 1)}
    if name not in others:
        raise ValueError(f"layer {path} is a {name}, which this loader does not know")
    return others[name]()


def build(layers, prefix, tensors):
    pairs = [(layer, {}) if isinstance(layer, str) else next(iter(layer.items())) for layer in layers]
    return nn.Sequential(*(make(*pair, f"{prefix}{index}", tensors) for index, pair in enumerate(pairs)))


def load(run):
    file = os.path.join(run, "model.safetensors") if os.path.isdir(run) else run
    with open(file, "rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        values = bytearray(stream.read())
    metadata = header.pop("__metadata__", {})
    if "entrain.layers" not in metadata:
        raise ValueError(f"{file}: expected weights written by Entrain, found no entrain.layers in their metadata")
    facts = {key[8:]: json.loads(text) for key, text in metadata.items() if key != "entrain.configuration"}
    values = torch.frombuffer(values, dtype=torch.float32)
    tensors = {name: values[entry["data_offsets"][0] // 4:entry["data_offsets"][1] // 4].reshape(entry["shape"])
               for name, entry in header.items()}
    module = build(facts["layers"], "", tensors)
    module.load_state_dict(tensors)
    targets = facts.get("targets") or ([facts["target"]] if "target" in facts else [])
    labels = [target.get("name", f"label_{place}") for place, target in enumerate(targets) if target.get("isLabel")]
    if targets and not labels:
        module.append(scale := nn.Linear(len(targets), len(targets)).requires_grad_(False))
        numbers = {key: torch.tensor([target[key] for target in targets]) for key in ("mean", "standardDeviation")}
        scale.weight.copy_(numbers["standardDeviation"].diag()), scale.bias.copy_(numbers["mean"])
    scaling = facts.get("standardization", {"mean": [0], "standardDeviation": [1]})
    mean, deviation = (torch.tensor(scaling[key], dtype=torch.float64).reshape(-1, *[1 for _ in facts["sampleShape"][1:]])
                       for key in ("mean", "standardDeviation"))

    def preprocess(samples):
        values = torch.as_tensor(samples).double() / facts.get("fullScale", 1)
        return ((values - mean) / deviation).float()
    names = (labels or None) if targets else facts.get("classNames") or [*map(str, range(facts["classCount"]))]
    return module.eval(), preprocess, names

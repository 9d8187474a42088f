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


class OverChannels(nn.Module):
    """Takes the channels of each pixel, where PyTorch takes the last dimension."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class DenseOverChannels(OverChannels, nn.Linear):
    pass


class LayerNormOverChannels(OverChannels, nn.LayerNorm):
    pass


class RMSNormOverChannels(OverChannels, nn.RMSNorm):
    pass


class StochasticDepth(nn.Module):
    """In training drops whole samples, and scales the others by 1 / (1 - rate)."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        kept = torch.rand([len(x)] + [1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate) if self.training else x


class LayerScale(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.layer_scale = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return x * self.layer_scale


class Layers(nn.Module):
    """Layers one behind the other, called by their numbers or names."""

    def __init__(self, layers, path, tensors, state):
        super().__init__()
        self.steps = build(self, layers, "", path, tensors, state)

    def append(self, module):
        self.add_module(str(len(self.steps)), module)
        self.steps.append(module)

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


class ColumnEmbeddings(nn.ModuleList):
    """Features that are numbers of levels, 1 and up, become rows behind the other features; 0 becomes zeros."""

    def __init__(self, positions, path, tensors):
        super().__init__(nn.Embedding(*tensors[f"{path}.{index}.weight"].shape) for index in range(len(positions)))
        self.positions = positions

    def forward(self, x):
        numbers = [x[:, [place for place in range(x.shape[1]) if place not in self.positions]]]
        rows = (nn.functional.pad(embedding.weight, (0, 0, 1, 0)) for embedding in self)
        return torch.cat(numbers + [row[x[:, place].long()] for row, place in zip(rows, self.positions)], 1)


class Residual(nn.Module):
    def __init__(self, branch, shortcut, path, tensors, state):
        super().__init__()
        self.pads, self.state = shortcut == "padding", state  # zeros for further channels
        self.steps = build(self, branch, "branch.", path, tensors, state)
        self.way = build(self, shortcut if isinstance(shortcut, list) else [], "shortcut.", path, tensors, state)

    def forward(self, x):
        (sum_, mask), (way, other) = run(self.steps, x, self.state), run(self.way, x, self.state)
        self.state["mask"] = common([mask, other])
        if self.pads:
            sides = range(2, x.dim())
            stride = max(-(-x.shape[side] // sum_.shape[side]) for side in sides)
            way = x[(..., *(slice(None, None, stride) for _ in sides))]
            way = nn.functional.pad(way, (0, 0) * len(sides) + (0, sum_.shape[1] - x.shape[1]))
        return sum_ + way


class Upsampling(nn.Module):
    def __init__(self, scale, mode):
        super().__init__()
        self.scale, self.mode = scale, mode

    def forward(self, x):
        mode = self.mode if self.mode == "nearest" else ("linear", "bilinear", "trilinear")[x.dim() - 3]
        return nn.functional.interpolate(x, scale_factor=self.scale, mode=mode)


class SqueezeExcitation(nn.Module):
    def __init__(self, path, tensors):
        super().__init__()
        for name in ("reduce_weight", "reduce_bias", "expand_weight", "expand_bias"):
            setattr(self, name, nn.Parameter(torch.empty_like(tensors[f"{path}.{name}"])))

    def forward(self, x):
        units = nn.functional.linear(x.flatten(2).mean(2), self.reduce_weight, self.reduce_bias).relu()
        scales = nn.functional.linear(units, self.expand_weight, self.expand_bias).sigmoid()
        return x * scales.reshape(*scales.shape, *(1 for _ in x.shape[2:]))


class Sequences(nn.Module):
    """A layer on sequences; `state` is shared by all and has the mask of padding from the embedding on."""

    def __init__(self, name, settings, parameters, state):
        super().__init__()
        self.name, self.settings, self.state = name, settings, state
        for key, value in parameters.items():
            self.register_parameter(key, nn.Parameter(value.clone()))

    def forward(self, x):
        return getattr(self, self.name)(x, self.settings, mask_of(x, self.state))

    def embedding(self, x, settings, _):
        mask = self.state["mask"] = None if settings["padding"] is None else x != settings["padding"]
        rows = self.weight[x.long()]
        return rows if mask is None else rows * mask[..., None]

    def positionwiseDense(self, x, settings, mask):
        return nn.functional.linear(x, self.weight, getattr(self, "bias", None))

    def meanPooling(self, x, settings, mask):
        return x.mean(1) if mask is None else (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(1)

    def attentionPooling(self, x, settings, mask):
        scores = x @ self.query / x.shape[-1] ** 0.5
        weights = scores.softmax(1) if mask is None else scores.masked_fill(~mask, -1e30).softmax(1) * mask
        return weights[:, None].matmul(x)[:, 0]

    def classToken(self, x, settings, mask):
        self.state["mask"] = None if mask is None else nn.functional.pad(mask, (1, 0), value=True)
        return torch.cat([self.weight.expand(len(x), 1, -1), x], 1)

    def tokenSelection(self, x, settings, mask):
        return x[:, settings["position"]]

    def transposition(self, x, settings, mask):
        self.state["mask"] = None
        return x.transpose(1, 2)

    def patchEmbedding(self, x, settings, mask):
        return nn.functional.conv2d(x, self.weight, self.bias, settings["patch"]).flatten(2).transpose(1, 2)

    def positionalEncoding(self, x, settings, mask):
        if settings["kind"] == "learned":
            return x + self.weight
        pairs = angles(x, x.shape[2] + 1, x.shape[2])
        return x + torch.stack([pairs.sin(), pairs.cos()], 2).flatten(1)[:, :x.shape[2]].float()

    def attention(self, x, settings, mask):
        back = self.out_proj_weight, getattr(self, "out_proj_bias", None)
        parts = nn.functional.linear(x, self.in_proj_weight, getattr(self, "in_proj_bias", None))
        queries, keys, values = parts.unflatten(-1, (3, settings["heads"], -1)).permute(2, 0, 3, 1, 4)
        if settings["rotary"]:
            turns = torch.polar(*(f(angles(x, values.shape[-1])) for f in (torch.ones_like, torch.clone)))
            queries, keys = (torch.view_as_real(torch.view_as_complex(part.unflatten(-1, (-1, 2)).double().contiguous())
                                                * turns).flatten(-2).float() for part in (queries, keys))
        seen = torch.ones(1, 1, x.shape[1], x.shape[1], dtype=torch.bool, device=x.device)
        seen = seen.tril() if settings["causal"] else seen
        seen = seen if mask is None else seen & mask[:, None, None]
        blind = ~seen.any(-1, keepdim=True)  # what sees padding alone finds 0
        dropout = settings["dropout"] if self.training else 0
        found = nn.functional.scaled_dot_product_attention(queries, keys, values, seen | blind, dropout)
        found = found.masked_fill(blind, 0)
        return nn.functional.linear(found.transpose(1, 2).flatten(2), *back)


def angles(x, features, size=None):
    """Of each position of x and each pair of features."""
    frequencies = 10000 ** (-torch.arange(0, features - features % 2, 2, dtype=torch.float64) / (size or features))
    return torch.outer(torch.arange(x.shape[1], dtype=torch.float64), frequencies).to(x.device)


def mask_of(x, state):
    """Where x has a token; None where it has no padding, or is no sequence."""
    mask = state.get("mask")
    return mask if mask is not None and x.dim() == 3 and x.shape[1] == mask.shape[1] else None


def common(masks):
    """Of sequences that are made one: what is padding in one of them is padding."""
    masks = [mask for mask in masks if mask is not None]
    return torch.stack(masks).all(0) if masks else None


def run(steps, x, state):
    """What layers within a layer, one behind the other, make of x, and their mask of it. That in front of them stays."""
    mask = state.get("mask")
    for step in steps:
        x = step(x)
    own, state["mask"] = mask_of(x, state), mask
    return x, own


class Block(nn.Module):
    def __init__(self, settings, path, tensors, state):
        super().__init__()
        attention = {key: settings[key] for key in ("heads", "dropout", "causal", "rotary")}
        norm, dropout = {"layerNormalization": {"epsilon": 1e-5}}, {"dropout": {"rate": settings["dropout"]}}
        dense, gelu = {"positionwiseDense": {}}, {"gelu": {"form": "erf"}}
        parts = (("attention", [norm, {"attention": attention}, dropout]),
                 ("feedForward", [norm, dense, gelu, dropout, dense, dropout]))
        self.state = state
        self.parts = [build(self, layers, f"{key}.", path, tensors, state) for key, layers in parts]

    def forward(self, x):
        for part in self.parts:
            x = x + run(part, x, self.state)[0]
        return x


class Branches(nn.Module):
    """Branches that are added, or joined along a dimension."""

    def __init__(self, branches, along, path, tensors, state):
        super().__init__()
        self.along, self.state = along, state
        self.branches = [build(self, layers, f"{key}.", path, tensors, state) for key, layers in branches.items()]

    def forward(self, x):
        outputs, masks = zip(*(run(steps, x, self.state) for steps in self.branches))
        if self.along == "channels" and any(mask is not None for mask in masks):  # positions one behind the other
            self.state["mask"] = torch.cat([output.new_ones(output.shape[:2], dtype=torch.bool) if mask is None else mask
                                            for output, mask in zip(outputs, masks)], 1)
        else:
            self.state["mask"] = common(masks)
        return sum(outputs) if self.along is None else torch.cat(outputs, 2 if self.along == "features" else 1)


# Layers that take a shape of two dimensions for channels, behind which no position is padding.
FORGETFUL = ("convolution", "dense", "transposedConvolution", "upsampling", "maxPooling", "averagePooling",
             "globalMaxPooling", "globalAveragePooling")


def build(owner, layers, prefix, path, tensors, state):
    """The modules of a list; each is the owner's by its number behind the prefix, or by a name of its own."""
    modules = []
    for index, layer in enumerate(layers):
        kind, settings = (layer, {}) if isinstance(layer, str) else next(iter(layer.items()))
        name = f"{prefix}{index}"
        if kind == "named":
            name, layer = settings["name"], settings["layer"]
            kind, settings = (layer, {}) if isinstance(layer, str) else next(iter(layer.items()))
        modules.append(make(kind, settings, path + name, tensors, state))
        if kind in FORGETFUL:
            modules[-1].register_forward_hook(lambda *_: state.update(mask=None))
        *parts, last = name.split(".")
        place = owner
        for part in parts:
            place = place._modules.setdefault(part, nn.Module())
        if last == "layer_scale" and kind == "layerScale":  # the layer is that parameter
            place.register_parameter(last, modules[-1].layer_scale)
        else:  # under names that may be those of attributes, or of what holds others already
            modules[-1]._modules.update(getattr(place._modules.get(last), "_modules", {}))
            place._modules[last] = modules[-1]
    return modules


def make(name, settings, path, tensors, state):
    """The module of one layer, with sizes from its tensors."""
    shape = tensors[f"{path}.weight"].shape if f"{path}.weight" in tensors else ()
    window = [settings.get(key) for key in ("kernel", "stride", "padding")]
    if name == "dense":
        return (DenseOverChannels if settings.get("over") == "channels" else Dense)(shape[1], shape[0], settings["bias"])
    if name == "convolution":
        kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3]
        return kind(shape[1] * settings["groups"], shape[0], *window, settings.get("dilation", 1), settings["groups"],
                    settings["bias"])
    if name == "transposedConvolution":
        kind, groups = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[len(shape) - 3], settings["groups"]
        return kind(shape[0], shape[1] * groups, *window, settings["outputPadding"], groups, settings["bias"])
    if name == "batchNormalization":
        return BatchNormalization(shape[0], settings["epsilon"], settings["momentum"])
    if name == "layerNormalization":
        return (LayerNormOverChannels if settings.get("over") == "channels" else nn.LayerNorm)(shape, settings["epsilon"])
    if name == "rmsNormalization":
        return (RMSNormOverChannels if settings.get("over") == "channels" else nn.RMSNorm)(shape, settings["epsilon"])
    if name in ("groupNormalization", "instanceNormalization"):
        return nn.GroupNorm(settings.get("groups", shape[0]), shape[0], settings["epsilon"])
    if name == "layerScale":
        return LayerScale(tensors[path if path in tensors else f"{path}.layer_scale"].shape)
    if name == "residual":
        return Residual(settings["branch"], settings["shortcut"], f"{path}.", tensors, state)
    if name in ("concatenation", "addition"):
        along = None if name == "addition" else settings.get("along", "channels")
        return Branches(settings["branches"], along, f"{path}.", tensors, state)
    if name == "columnEmbeddings":
        return ColumnEmbeddings(settings["positions"], path, tensors)
    if name == "transformerBlock":
        return Block(settings, f"{path}.", tensors, state)
    if hasattr(Sequences, name):
        own = {key.rsplit(".", 1)[1]: value for key, value in tensors.items() if key.rsplit(".", 1)[0] == path}
        return Sequences(name, settings, own, state)
    others = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten,
        "gelu": lambda: nn.GELU("tanh" if settings["form"] == "tanh" else "none"), "silu": nn.SiLU,
        "leakyRelu": lambda: nn.LeakyReLU(settings["slope"]), "elu": lambda: nn.ELU(settings["alpha"]),
        "hardSwish": nn.Hardswish, "softplus": nn.Softplus, "relu6": nn.ReLU6,
        "dropout": lambda: nn.Dropout(settings["rate"]), "stochasticDepth": lambda: StochasticDepth(settings["rate"]),
        "squeezeExcitation": lambda: SqueezeExcitation(path, tensors),
        "upsampling": lambda: Upsampling(settings["scale"], settings["mode"]),
        "maxPooling": lambda: Pooling("max_pool{}d", *window), "averagePooling": lambda: Pooling("avg_pool{}d", *window),
        "globalMaxPooling": lambda: Pooling("adaptive_max_pool{}d", 1),
        "globalAveragePooling": lambda: Pooling("adaptive_avg_pool{}d", 1),
        "adaptiveAveragePooling": lambda: Pooling("adaptive_avg_pool{}d", settings["size"])}
    if name not in others:
        raise ValueError(f"layer {path} is a {name}, which this loader does not know")
    return others[name]()


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
    module = Layers(facts["layers"], "", tensors, {})
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

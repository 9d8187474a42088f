"""Golden cases of layers on maps, each a network of its own: a list of layers, what they are fed, and what comes out.

A layer is a dictionary with its kind and settings, as a configuration has them; names of parameters are those of the
network, "3.branch.0.weight". Every tensor of results is a digest, see `digest`.
"""

import math

import torch
from torch.nn import functional

import sequence_layers
from waves import numbers, tensor, wave, write

#: Tensors of more elements are sampled.
WHOLE = 160
DIGEST = [
    "values: every stride-th element in row-major order, nine digits",
    "projections, where stride > 1: Σ value(i) · sin(frequency · i + 0.3) over all elements, frequencies 0.7137, 1.9331",
    "largest: the largest magnitude of all elements",
]


def digest(values):
    """A small tensor whole; of a large one a sample, and two sums in which every element has a part of its own."""
    values = values.detach().flatten()
    count = values.numel()
    largest = numbers(values.abs().max())[0]
    if count <= WHOLE:
        return {"count": count, "largest": largest, "stride": 1, "values": numbers(values)}
    stride = count * 5 // (WHOLE * 4) + 1
    while math.gcd(stride, count) != 1:
        stride += 1
    indices = torch.arange(count, dtype=torch.float64)
    projections = torch.stack([(values * torch.sin(f * indices + 0.3)).sum() for f in (0.7137, 1.9331)])
    return {
        "count": count, "largest": largest, "stride": stride, "values": numbers(values[::stride]),
        "projections": numbers(projections),
    }


# Layers as dictionaries


def extent(size, dimensions):
    return list(size) if isinstance(size, tuple) else [size] * dimensions


def convolution(channels, kernel, stride=1, padding=0, groups=1, bias=True, dimensions=2, dilation=None):
    sizes = {"kernel": kernel, "stride": stride}
    sizes |= {} if padding == "same" else {"padding": padding}
    sizes |= {} if dilation is None else {"dilation": dilation}
    return {
        "kind": "convolution", "channels": channels, **{key: extent(size, dimensions) for key, size in sizes.items()},
        "groups": groups, "bias": bias,
    }


def pooling(kind, kernel, stride=None, padding=0, dimensions=2):
    sizes = {"kernel": kernel, "stride": kernel if stride is None else stride, "padding": padding}
    return {"kind": kind + "Pooling", **{key: extent(size, dimensions) for key, size in sizes.items()}}


def batch_normalization(momentum=0.1, epsilon=1e-5):
    return {"kind": "batchNormalization", "momentum": momentum, "epsilon": epsilon}


def residual(branch, shortcut="identity"):
    key = "shortcut" if isinstance(shortcut, str) else "shortcutLayers"
    return {"kind": "residual", "branch": branch, key: shortcut}


def upsampling(mode, *scale):
    return {"kind": "upsampling", "mode": mode, "scale": list(scale)}


def branched(kind, **branches):
    return {"kind": kind, "branches": [{"name": name, "layers": layers} for name, layers in branches.items()]}


def dense(units):
    return {"kind": "dense", "units": units}


LAYER_NORMALIZATION = {"kind": "layerNormalization", "epsilon": 1e-5}
RELU, TANH, FLATTEN, GLOBAL = ({"kind": kind} for kind in ("relu", "tanh", "flatten", "globalAveragePooling"))


class Network:
    """Runs a list of layers in PyTorch's float64; its tensors are waves, made when they are first needed."""

    def __init__(self, layers):
        self.layers = layers
        self.waves, self.parameters = {}, {}
        self.statistic_waves, self.statistics = {}, {}

    def parameter(self, name, shape, amplitude, offset=None):
        if name not in self.parameters:
            number = len(self.parameters)
            curvature = None if len(shape) == 1 else round(0.0137 + 0.0011 * number, 6)
            self.waves[name] = wave(
                float(f"{amplitude:.6g}"), round(0.71 + 0.013 * number, 6), round(0.3 + 0.17 * number, 6), curvature,
                offset)
            self.parameters[name] = tensor(self.waves[name], *shape, requires_grad=True)
        return self.parameters[name]

    def statistic(self, name, count, offset):
        if name not in self.statistics:
            self.statistic_waves[name] = wave(0.4, round(1.1 + 0.07 * len(self.statistics), 6), 0.9, offset=offset)
            self.statistics[name] = tensor(self.statistic_waves[name], count)
        return self.statistics[name]

    def __call__(self, x, training):
        #: How far the inputs are from where a ReLU or a maximum has a kink.
        self.margin = math.inf
        self.training = training
        self.mask = None
        return self.run(self.layers, x, "")

    def run(self, layers, x, prefix):
        for index, layer in enumerate(layers):
            x = self.step(layer, x, f"{prefix}{index}")
        return x

    def step(self, layer, x, name):
        kind = layer["kind"]
        found = sequence_layers.step(self, layer, x, name)
        if found is not None:
            return found
        if kind == "dropout":
            return x
        if kind == "dense":
            x = x.flatten(1)
            fan_in = x.shape[1]
            weight = self.parameter(f"{name}.weight", [layer["units"], fan_in], 2 / math.sqrt(fan_in))
            return functional.linear(x, weight, self.parameter(f"{name}.bias", [layer["units"]], 0.3))
        if kind == "convolution":
            shape = [layer["channels"], x.shape[1] // layer["groups"], *layer["kernel"]]
            weight = self.parameter(f"{name}.weight", shape, 2 / math.sqrt(math.prod(shape[1:])))
            bias = self.parameter(f"{name}.bias", shape[:1], 0.3) if layer["bias"] else None
            convolve = getattr(functional, f"conv{x.dim() - 2}d")
            padding, dilation = layer.get("padding", "same"), layer.get("dilation", 1)
            return convolve(x, weight, bias, layer["stride"], padding, dilation, layer["groups"])
        if kind == "batchNormalization":
            channels = x.shape[1]
            weight = self.parameter(f"{name}.weight", [channels], 0.4, 1.0)
            bias = self.parameter(f"{name}.bias", [channels], 0.3)
            mean = self.statistic(f"{name}.running_mean", channels, 0.1)
            variance = self.statistic(f"{name}.running_var", channels, 1.0)
            return functional.batch_norm(
                x, mean, variance, weight, bias, self.training, layer["momentum"], layer["epsilon"])
        if layer.get("over") == "channels":
            # PyTorch normalizes over the last dimensions.
            last = self.step({**layer, "over": "sample"}, x.permute(0, 2, 3, 1).flatten(0, 2), name)
            return last.unflatten(0, (x.shape[0], *x.shape[2:])).permute(0, 3, 1, 2)
        if kind == "layerNormalization":
            shape = list(x.shape[1:])
            weight = self.parameter(f"{name}.weight", shape, 0.4, 1.0)
            bias = self.parameter(f"{name}.bias", shape, 0.3)
            return functional.layer_norm(x, shape, weight, bias, layer["epsilon"])
        if kind in ("groupNormalization", "instanceNormalization"):
            channels = x.shape[1]
            weight = self.parameter(f"{name}.weight", [channels], 0.4, 1.0)
            bias = self.parameter(f"{name}.bias", [channels], 0.3)
            return functional.group_norm(x, layer.get("groups", channels), weight, bias, layer["epsilon"])
        if kind == "rmsNormalization":
            shape = list(x.shape[1:])
            weight = self.parameter(f"{name}.weight", shape, 0.4, 1.0)
            return functional.rms_norm(x, shape, weight, layer["epsilon"])
        if kind == "layerScale":
            return x * self.parameter(f"{name}.layer_scale", [x.shape[1]] + [1] * (x.dim() - 2), 0.4, 1.0)
        if kind == "relu":
            self.margin = min(self.margin, float(x.detach().abs().min()))
            return torch.relu(x)
        if kind == "tanh":
            return torch.tanh(x)
        if kind == "maxPooling":
            self.note_ties(layer, x.detach())
            pool = getattr(functional, f"max_pool{x.dim() - 2}d")
            return pool(x, layer["kernel"], layer["stride"], layer["padding"])
        if kind == "averagePooling":
            pool = getattr(functional, f"avg_pool{x.dim() - 2}d")
            return pool(x, layer["kernel"], layer["stride"], layer["padding"], count_include_pad=True)
        if kind == "globalMaxPooling":
            return getattr(functional, f"max_pool{x.dim() - 2}d")(x, x.shape[2:])
        if kind == "globalAveragePooling":
            return x.mean(tuple(range(2, x.dim())), keepdim=True)
        if kind == "flatten":
            return x.flatten(1)
        if kind == "transposedConvolution":
            shape = [x.shape[1], layer["channels"] // layer["groups"], *layer["kernel"]]
            weight = self.parameter(f"{name}.weight", shape, 2 / math.sqrt(math.prod(shape) / shape[1]))
            bias = self.parameter(f"{name}.bias", [layer["channels"]], 0.3) if layer["bias"] else None
            convolve = getattr(functional, f"conv_transpose{x.dim() - 2}d")
            return convolve(x, weight, bias, layer["stride"], layer["padding"], layer["outputPadding"], layer["groups"])
        if kind == "squeezeExcitation":
            channels = x.shape[1]
            units = max(channels // layer["reduction"], 1)
            sizes = {"reduce": (units, channels), "expand": (channels, units)}
            weights = {key: (self.parameter(f"{name}.{key}_weight", list(shape), 2 / math.sqrt(shape[1])),
                             self.parameter(f"{name}.{key}_bias", [shape[0]], 0.3)) for key, shape in sizes.items()}
            hidden = functional.linear(x.flatten(2).mean(2), *weights["reduce"])
            self.margin = min(self.margin, float(hidden.detach().abs().min()))
            scales = torch.sigmoid(functional.linear(torch.relu(hidden), *weights["expand"]))
            return x * scales.reshape(*scales.shape, *[1] * (x.dim() - 2))
        if kind == "upsampling":
            mode = "nearest" if layer["mode"] == "nearest" else ("linear", "bilinear", "trilinear")[x.dim() - 3]
            return functional.interpolate(x, scale_factor=[float(scale) for scale in layer["scale"]], mode=mode)
        if kind in ("concatenation", "addition"):
            outputs = [self.run(branch["layers"], x, f"{name}.{branch['name']}.") for branch in layer["branches"]]
            return torch.cat(outputs, 1) if kind == "concatenation" else sum(outputs)
        assert kind == "residual"
        branch = self.run(layer["branch"], x, f"{name}.branch.")
        return branch + self.shortcut(layer, x, branch, name)

    def shortcut(self, layer, x, branch, name):
        if "shortcutLayers" in layer:
            return self.run(layer["shortcutLayers"], x, f"{name}.shortcut.")
        if layer["shortcut"] == "identity":
            return x
        stride = -(-x.shape[2] // branch.shape[2])
        # Option A of He et al.: the further channels, of zeros, come last.
        way = x[(..., *[slice(None, None, stride)] * (x.dim() - 2))]
        return functional.pad(way, (0, 0) * (x.dim() - 2) + (0, branch.shape[1] - x.shape[1]))

    def note_ties(self, layer, x):
        """Equal values are those that a ReLU has made 0, whose gradient ends there."""
        windows = functional.pad(x, [side for size in layer["padding"][::-1] for side in (size, size)], value=-math.inf)
        for axis, (size, stride) in enumerate(zip(layer["kernel"], layer["stride"])):
            windows = windows.unfold(axis + 2, size, stride)
        first, second = windows.flatten(x.dim()).topk(2, dim=-1).values.unbind(-1)
        gaps = (first - second)[first > second]
        self.margin = min(self.margin, float(gaps.min()))


def case(name, batch, shape, layers, labels=None, smoothing=0.0, margin=2e-4):
    """Forward and backward once, from an upstream gradient or, with `labels` classes, from the cross-entropy.

    The phase of the input is the first that keeps ReLU and maxima `margin` away from a kink, so that rounding cannot
    put a float32 implementation on its other side.
    """
    for phase in range(1000):
        # Numbers of tokens and levels are the whole parts of a wave.
        amplitude, offset = (4.4, 4.5) if layers[0]["kind"] in ("embedding", "columnEmbeddings") else (1.3, None)
        input_wave = wave(amplitude, 0.37, round(0.4 + 0.11 * phase, 6), 0.0071, offset)
        x = tensor(input_wave, batch, *shape, requires_grad=True)
        network = Network(layers)
        output = network(x, training=True)
        if network.margin > margin:
            break
    else:
        raise AssertionError(f"{name}: no input is {margin} away from every kink")
    result = {"name": name, "batch": batch, "inputShape": shape, "layers": layers, "input": input_wave}
    if labels is None:
        result["upstream"] = wave(0.9, 0.53, 0.7, 0.0053)
        output.backward(tensor(result["upstream"], *output.shape))
    else:
        result["labels"] = [(7 * index + 3) % labels for index in range(batch)]
        result["labelSmoothing"] = smoothing
        loss = functional.cross_entropy(output, torch.tensor(result["labels"]), label_smoothing=smoothing)
        loss.backward()
        result["meanLoss"] = numbers(loss)[0]
    result["output"], result["inputGradient"] = digest(output), digest(x.grad)
    result["parameters"] = [
        {"name": key, "shape": list(value.shape), "wave": network.waves[key], "gradient": digest(value.grad)}
        for key, value in network.parameters.items()
    ]
    result["statistics"] = [
        {"name": key, "wave": network.statistic_waves[key], "afterStep": digest(value)}
        for key, value in network.statistics.items()
    ]
    # With the statistics as they were before the step.
    fresh = Network(layers)
    result["inferenceOutput"] = digest(fresh(x.detach(), training=False))
    return result


def write_cases(name, operation, cases):
    write(name, {"operation": operation, "digest": DIGEST, "cases": cases})


# The families


def convolutions():
    cases = []
    for batch, shape, layer in [
        (2, [1, 9, 7], convolution(6, 5, padding=2)),
        (2, [6, 7, 7], convolution(16, 5)),
        (1, [1, 5, 5], convolution(1, 5)),
        (3, [3, 9, 11], convolution(16, 3, padding=1, bias=False)),
        (17, [3, 6, 6], convolution(16, 3, padding=1)),
        (2, [16, 9, 9], convolution(32, 3, stride=2, padding=1, bias=False)),
        (2, [16, 9, 9], convolution(32, 1, stride=2, bias=False)),
        (3, [20, 5, 5], convolution(33, 1)),
        (2, [33, 7, 5], convolution(20, 3, padding=1)),
        (2, [32, 8, 6], convolution(32, 3, padding=1, bias=False)),
        (2, [16, 12, 12], convolution(16, 3, padding=1, bias=False)),
        (2, [32, 9, 9], convolution(64, 3, padding=1)),
        (2, [32, 7, 7], convolution(16, 3)),
        (3, [3, 5, 5], convolution(6, 3, padding=2)),
        (2, [3, 8, 8], convolution(6, 2, stride=3)),
        (2, [6, 9, 8], convolution(16, (3, 5), stride=(2, 1), padding=(1, 2))),
        (2, [3, 5, 13], convolution(20, (1, 7), stride=(1, 3), padding=(0, 3), bias=False)),
        (2, [6, 8, 7], convolution(16, 3, padding=1, groups=2)),
        (2, [32, 7, 7], convolution(64, 3, stride=2, padding=1, groups=2, bias=False)),
        (2, [16, 9, 7], convolution(16, 3, padding=1, groups=16)),
        (2, [20, 7, 9], convolution(20, 3, stride=2, padding=1, groups=20, bias=False)),
        (2, [6, 7, 7], convolution(12, 3, padding=1, groups=6)),
    ]:
        sides = lambda pair: f"{pair[0]} × {pair[1]}" if pair[0] != pair[1] else f"{pair[0]}"
        name = (
            f"{batch} × {shape} to {layer['channels']} channels, kernel {sides(layer['kernel'])}, stride "
            f"{sides(layer['stride'])}, padding {sides(layer['padding'])}, groups {layer['groups']}, bias {layer['bias']}"
        )
        cases.append(case(name, batch, shape, [layer]))
    write_cases("convolution.json", "one convolution; gradients of sum(output · upstream)", cases)


def normalizations():
    cases = []
    for batch, shape in [(4, [3, 5, 7]), (2, [16, 3, 3]), (7, [20, 1, 1]), (16, [33, 2, 3]), (6, [10]), (64, [17])]:
        for behind in [[], [RELU]]:
            for momentum, epsilon in [(0.1, 1e-5)] if batch != 4 else [(0.1, 1e-5), (0.75, 0.25), (1.0, 1e-3)]:
                name = f"batch, {batch} × {shape}, momentum {momentum}, ε {epsilon}{', ReLU' if behind else ''}"
                cases.append(case(name, batch, shape, [batch_normalization(momentum, epsilon)] + behind))
    for batch, shape in [(3, [7]), (1, [33]), (2, [3, 5, 4]), (5, [16, 2, 3])]:
        for behind in [[], [RELU]]:
            name = f"layer, {batch} × {shape}{', ReLU' if behind else ''}"
            cases.append(case(name, batch, shape, [LAYER_NORMALIZATION] + behind))
    epsilon = {"epsilon": 1e-5}
    channels = {**epsilon, "over": "channels"}
    for batch, shape, layer in [
        (3, [4, 5, 3], {"kind": "groupNormalization", "groups": 2, **epsilon}),
        (2, [16, 3, 3], {"kind": "groupNormalization", "groups": 16, **epsilon}),
        (2, [20, 4, 4], {"kind": "groupNormalization", "groups": 5, "epsilon": 1e-3}),
        (5, [12], {"kind": "groupNormalization", "groups": 3, **epsilon}),
        (3, [3, 5, 4], {"kind": "instanceNormalization", **epsilon}),
        (2, [20, 3, 3], {"kind": "instanceNormalization", **epsilon}),
        (5, [33], {"kind": "rmsNormalization", "epsilon": 2.0 ** -23}),
        (2, [3, 5, 4], {"kind": "rmsNormalization", **epsilon}),
        (2, [7, 5, 4], {"kind": "rmsNormalization", **channels}),
        (2, [20, 3, 3], {"kind": "rmsNormalization", **channels}),
        (2, [7, 5, 4], {"kind": "layerNormalization", **channels}),
        (3, [16, 2, 3], {"kind": "layerNormalization", **channels}),
        (2, [20, 3, 3], {"kind": "layerNormalization", **channels}),
        (3, [3, 5, 4], {"kind": "layerScale"}), (2, [20, 3, 3], {"kind": "layerScale"}), (4, [17], {"kind": "layerScale"}),
    ]:
        for behind in [[], [RELU]]:
            name = f"{layer['kind']}, {batch} × {shape}, {layer.get('groups', '')} {layer.get('over', '')}{', ReLU' if behind else ''}"
            cases.append(case(name, batch, shape, [layer] + behind))
    write_cases("normalization.json", "one normalisation; gradients of sum(output · upstream)", cases)


def poolings():
    cases = []
    for kind in ("max", "average"):
        for batch, shape, kernel, stride, padding in [
            (3, [3, 8, 6], 2, 2, 0), (2, [16, 7, 9], 2, 2, 0), (2, [20, 7, 7], 3, 2, 1), (2, [33, 5, 4], 3, 1, 1),
            (2, [6, 9, 8], (3, 2), (2, 1), (1, 1)), (2, [1, 11, 5], (4, 1), (3, 2), (2, 0)), (1, [16, 5, 5], 5, 5, 0),
        ]:
            name = f"{kind}, {batch} × {shape}, kernel {kernel}, stride {stride}, padding {padding}"
            cases.append(case(name, batch, shape, [pooling(kind, kernel, stride, padding)]))
    for batch, shape in [(3, [3, 7, 5]), (2, [16, 8, 8]), (2, [20, 1, 3]), (1, [33, 3, 3])]:
        cases.append(case(f"global average, {batch} × {shape}", batch, shape, [GLOBAL]))
    for batch, shape in [(3, [3, 7, 5]), (2, [16, 8, 8]), (2, [20, 1, 3]), (2, [6, 20, 17])]:
        cases.append(case(f"global max, {batch} × {shape}", batch, shape, [{"kind": "globalMaxPooling"}]))
    write_cases("pooling.json", "one pooling layer; gradients of sum(output · upstream)", cases)


def normalized(channels, kernel, stride=1):
    """Convolution without a bias, which the normalisation behind it would take away."""
    return [convolution(channels, kernel, stride, kernel // 2, bias=False), batch_normalization()]


def block(channels, stride=1, shortcut="identity"):
    return residual(normalized(channels, 3, stride) + [RELU] + normalized(channels, 3), shortcut)


def wide_block(channels, stride=1, changes=False):
    """Pre-activation (Zagoruyko and Komodakis, BMVC 2016): a block that changes the shape has one in common."""
    before = [batch_normalization(), RELU]
    body = normalized(channels, 3, stride) + [RELU, convolution(channels, 3, padding=1, bias=False)]
    if changes:
        return before + [residual(body, [convolution(channels, 1, stride, bias=False)])]
    return [residual(before + body)]


def residuals():
    tanh = residual([convolution(6, 3, padding=1), TANH])
    cases = [
        case("identity, tanh", 3, [6, 5, 7], [tanh]),
        case("two in a row", 2, [6, 5, 4], [tanh, tanh]),
        case("one within the other", 2, [6, 5, 4], [residual([TANH, tanh])]),
        case("of vectors", 5, [17], [residual([dense(33), TANH, dense(17)])]),
        case("layers on both ways", 2, [3, 6, 5], [residual([convolution(20, 3, padding=1)], [convolution(20, 1)])]),
        case("option A, more channels alone", 2, [6, 5, 4], [residual([convolution(20, 1)], "padding")]),
        case("option A, stride alone", 2, [16, 7, 6], [residual([convolution(16, 3, 2, 1)], "padding")]),
        case("option A, stride 3", 2, [3, 7, 8], [residual([convolution(16, 1, 3)], "padding")]),
        case("post-activation, identity", 2, [16, 6, 6], [block(16), RELU], margin=1e-4),
        case("post-activation, option A", 2, [16, 7, 9], [block(32, 2, "padding"), RELU], margin=1e-4),
        case("post-activation, option B", 2, [16, 8, 8], [block(32, 2, normalized(32, 1, 2)), RELU], margin=1e-4),
        case("pre-activation, identity", 2, [16, 6, 6], wide_block(16), margin=1e-4),
        case("pre-activation, changed shape", 2, [16, 7, 7], wide_block(32, 2, True), margin=1e-4),
    ]
    write_cases("residual.json", "residual blocks; gradients of sum(output · upstream)", cases)


def ranks():
    """Layers on signals [N, C, L] and volumes [N, C, D, H, W]."""
    cases = []
    for batch, shape, channels, kernel, settings in [
        (3, [1, 17], 6, 5, {"padding": 2}), (2, [16, 12], 32, 3, {"stride": 2, "padding": 1, "bias": False}),
        (2, [6, 9], 12, 4, {"groups": 3}), (2, [32, 8], 20, 1, {}),
        (2, [1, 5, 6, 4], 6, 3, {"padding": 1}), (2, [16, 4, 5, 3], 32, 3, {"stride": 2, "padding": 1, "bias": False}),
        (2, [6, 3, 4, 5], 16, (1, 2, 3), {"stride": (1, 2, 1), "padding": (0, 1, 1), "groups": 2}),
        (1, [20, 2, 3, 3], 33, 1, {}),
    ]:
        layer = convolution(channels, kernel, **settings, dimensions=len(shape) - 1)
        cases.append(case(f"convolution, {batch} × {shape} to {channels}, kernel {kernel}, {settings}", batch, shape, [layer]))
    for kind in ("max", "average"):
        for batch, shape, kernel, stride, padding in [
            (3, [3, 9], 2, 2, 0), (2, [20, 11], 3, 2, 1), (2, [3, 4, 5, 6], 2, 2, 0), (1, [16, 5, 4, 3], 3, 2, 1),
            (2, [6, 3, 6, 5], (1, 3, 2), (2, 1, 2), (0, 1, 1)),
        ]:
            name = f"{kind}, {batch} × {shape}, kernel {kernel}, stride {stride}, padding {padding}"
            layer = pooling(kind, kernel, stride, padding, dimensions=len(shape) - 1)
            cases.append(case(name, batch, shape, [layer]))
    for batch, shape in [(2, [6, 300]), (2, [3, 5, 8, 9]), (2, [16, 2, 2, 3])]:
        for layer in (GLOBAL, {"kind": "globalMaxPooling"}):
            cases.append(case(f"{layer['kind']}, {batch} × {shape}", batch, shape, [layer]))
    for batch, shape in [(4, [3, 7]), (3, [16, 2, 3, 2]), (2, [20, 3, 2, 2])]:
        cases.append(case(f"batch normalization, {batch} × {shape}", batch, shape, [batch_normalization(), RELU]))
    for shape in [[6, 9], [6, 4, 5, 3]]:
        def normal(channels, stride, dimensions=len(shape) - 1):
            return [convolution(channels, 3, stride, 1, bias=False, dimensions=dimensions), batch_normalization()]

        cases.append(case(f"residual, identity, 2 × {shape}", 2, shape, [residual(normal(6, 1)), RELU]))
        cases.append(case(f"residual, option A, 2 × {shape}", 2, shape, [residual(normal(20, 2), "padding"), RELU]))
        layers = normal(16, 1) + [RELU, pooling("max", 2, dimensions=len(shape) - 1), FLATTEN, dense(5)]
        cases.append(case(f"a network on 3 × {shape}", 3, shape, layers, labels=5))
    write_cases("ranks.json", "layers on signals and volumes; gradients of sum(output · upstream) or of meanLoss", cases)


def dilations():
    """Convolutions with dilation, and those that keep the size."""
    cases = []
    for batch, shape, channels, kernel, settings in [
        (2, [3, 9, 11], 16, 3, {"padding": 2, "dilation": 2}), (2, [16, 9, 8], 32, 3, {"padding": "same"}),
        (2, [16, 8, 9], 16, (2, 4), {"padding": "same", "dilation": (3, 1), "bias": False}),
        (2, [32, 11, 12], 32, 3, {"stride": 2, "padding": (1, 3), "dilation": (1, 3)}),
        (2, [6, 9, 9], 12, 3, {"padding": "same", "dilation": 2, "groups": 3}),
        (2, [16, 9, 9], 16, 3, {"padding": 2, "dilation": 2, "groups": 16}),
        (2, [3, 23], 16, 4, {"padding": "same", "dilation": 3}), (2, [20, 19], 6, 3, {"dilation": 4}),
        (2, [3, 5, 6, 4], 6, (2, 3, 4), {"padding": "same", "dilation": (1, 2, 1)}),
        (1, [16, 5, 6, 5], 16, 3, {"padding": 2, "dilation": 2}), (2, [3, 6, 6], 6, 3, {"padding": "same"}),
    ]:
        layer = convolution(channels, kernel, **settings, dimensions=len(shape) - 1)
        cases.append(case(f"{batch} × {shape} to {channels}, kernel {kernel}, {settings}", batch, shape, [layer]))
    write_cases("dilation.json", "convolutions with dilation or padding same; gradients of sum(output · upstream)", cases)


def branches():
    """Concatenations and sums of branches: of maps whose channels fill blocks and do not, nested, of vectors."""
    def conv(channels, kernel=3, stride=1, dimensions=2):
        return convolution(channels, kernel, stride, kernel // 2, dimensions=dimensions)

    cases = []
    for kind in ("concatenation", "addition"):
        def join(**parts):
            return branched(kind, **parts)

        cases += [
            case(f"{kind} in blocks", 2, [16, 5, 4], [join(a=[conv(16)], b=[], c=[conv(16, 1), TANH])]),
            case(f"{kind} of few channels", 2, [6, 5, 4], [join(a=[conv(6)], b=[])]),
            case(f"{kind} of the input", 2, [3, 5, 4], [join(a=[], b=[], c=[TANH])]),
            case(f"{kind}, nested", 2, [6, 4, 4], [join(a=[join(x=[conv(6)], y=[TANH])], b=[join(x=[], y=[])])]),
            case(f"{kind} of vectors", 3, [9], [join(a=[dense(9), TANH], b=[]), RELU, dense(4)]),
            case(f"{kind} of signals", 2, [6, 11], [join(a=[conv(6, dimensions=1)], b=[TANH])]),
            case(f"{kind} of volumes", 2, [3, 3, 4, 5], [conv(16, dimensions=3), join(a=[conv(16, 1, dimensions=3)], b=[])]),
            case(f"{kind}, normalized", 3, [6, 5, 4], [join(a=normalized(16, 3), b=normalized(16, 1) + [TANH]), RELU], margin=5e-5),
        ]
    cases.append(case(
        "channels that fill blocks in part", 2, [3, 6, 6],
        [branched("concatenation", a=[conv(20)], b=[conv(16), RELU], c=[]), pooling("max", 2), conv(8), FLATTEN, dense(5)],
        labels=5))
    write_cases("branches.json", "branches; gradients of sum(output · upstream) or of meanLoss", cases)


def upsamplings():
    cases = []
    for mode in ("nearest", "linear"):
        for batch, shape, scale in [
            (2, [3, 4, 5], (2, 2)), (2, [16, 3, 2], (3, 1)), (2, [20, 2, 3], (2, 3)), (1, [16, 1, 4], (4, 2)),
            (2, [3, 7], (2,)), (2, [16, 3], (5,)), (2, [3, 2, 3, 2], (2, 2, 2)), (1, [16, 2, 1, 3], (1, 3, 2)),
        ]:
            cases.append(case(f"{mode}, {batch} × {shape} by {scale}", batch, shape, [upsampling(mode, *scale)]))
    down = [convolution(16, 3, padding=1), RELU]
    inner = [pooling("max", 2), convolution(32, 3, padding=1), TANH, upsampling("linear", 2, 2)]
    layers = down + [branched("concatenation", skip=[], deep=inner), convolution(6, 3, padding=1), FLATTEN, dense(4)]
    cases.append(case("U-Net", 2, [3, 6, 4], layers, labels=4))
    for batch, shape, channels, kernel, stride, padding, further, groups, bias in [
        (2, [3, 4, 5], 6, 3, 2, 1, 1, 1, True), (2, [16, 3, 4], 32, 2, 2, 0, 0, 1, False),
        (2, [32, 4, 3], 16, (3, 4), (1, 3), (1, 0), (0, 2), 1, True), (2, [6, 3, 3], 12, 3, 1, 1, 0, 3, True),
        (3, [16, 6], 20, 4, 2, 1, 0, 1, True), (1, [16, 2, 3, 2], 16, 3, 2, 1, 1, 1, True), (2, [20, 1, 1], 3, 2, 2, 0, 0, 1, True),
    ]:
        sizes = {"kernel": kernel, "stride": stride, "padding": padding, "outputPadding": further}
        layer = {"kind": "transposedConvolution", "channels": channels, "groups": groups, "bias": bias}
        layer |= {key: extent(size, len(shape) - 1) for key, size in sizes.items()}
        cases.append(case(f"transposed, {batch} × {shape} to {channels}, {sizes}, groups {groups}", batch, shape, [layer]))
    for batch, shape, reduction in [(2, [6, 4, 5], 2), (3, [16, 3, 3], 16), (2, [20, 2, 3], 4), (2, [16, 7], 4), (2, [3, 2, 3, 2], 1)]:
        layer = {"kind": "squeezeExcitation", "reduction": reduction}
        cases.append(case(f"squeeze and excitation, {batch} × {shape}, {reduction}", batch, shape, [layer]))
    write_cases("upsampling.json", "upsampling, squeeze and excitation; gradients of sum(output · upstream) or of meanLoss", cases)


def resnet(depth, shortcut):
    layers = normalized(16, 3) + [RELU]
    for stage, channels in enumerate([16, 32, 64]):
        for number in range((depth - 2) // 6):
            stride = 2 if stage > 0 and number == 0 else 1
            way = "identity" if stride == 1 else "padding" if shortcut == "A" else normalized(channels, 1, stride)
            layers += [block(channels, stride, way), RELU]
    return layers + [GLOBAL, FLATTEN, dense(10)]


def wide_resnet(depth, widening):
    layers = [convolution(16, 3, padding=1, bias=False)]
    for stage in range(3):
        for number in range((depth - 4) // 6):
            stride = 2 if stage > 0 and number == 0 else 1
            layers += wide_block(16 * widening << stage, stride, number == 0)
    return layers + [batch_normalization(), RELU, GLOBAL, FLATTEN, dense(10)]


def lenet5():
    return [
        convolution(6, 5, padding=2), RELU, pooling("max", 2), convolution(16, 5), RELU, pooling("max", 2), FLATTEN,
        dense(120), RELU, dense(84), RELU, dense(10),
    ]


def cnn():
    def pair(channels):
        return 2 * [convolution(channels, 3, padding=1), RELU] + [pooling("max", 2)]

    return pair(32) + pair(64) + [FLATTEN, dense(256), RELU, dense(10)]


def networks():
    cases = [
        case("lenet5", 2, [1, 28, 28], lenet5(), labels=10, margin=1e-5),
        case("cnn", 2, [3, 8, 8], cnn(), labels=10, smoothing=0.1, margin=1e-5),
        case("resnet8, shortcut A", 4, [3, 16, 16], resnet(8, "A"), labels=10, margin=1e-5),
        case("resnet8, shortcut B", 4, [3, 9, 9], resnet(8, "B"), labels=10, smoothing=0.1, margin=1e-5),
        case("wrn10-1", 4, [3, 9, 9], wide_resnet(10, 1), labels=10, margin=1e-5),
    ]
    write_cases("map_networks.json", "whole networks and softmax cross-entropy; gradients of meanLoss", cases)


def sequences():
    sequence_layers.write_all(case, write_cases, dense, residual)

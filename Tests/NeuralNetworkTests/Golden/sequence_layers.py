"""Layers on sequences [N, L, E] in PyTorch, for `map_networks.Network`, and their golden cases."""

import math

import torch
from torch.nn import functional


def step(network, layer, x, name):
    """What comes out of a layer on sequences; None where it is another layer. `network.mask` is True at padding."""
    kind = layer["kind"]
    matrix = lambda key, rows, columns: network.parameter(f"{name}.{key}", [rows, columns], 2 / math.sqrt(columns))
    vector = lambda key, count: network.parameter(f"{name}.{key}", [count], 0.3)
    if kind == "embedding":
        numbers = x.floor().long()
        weight = matrix("weight", layer["tokens"], layer["features"])
        padding = layer.get("padding")
        if padding is None:
            return functional.embedding(numbers, weight) + 0 * x[..., None]
        network.mask = numbers == padding
        return functional.embedding(numbers, weight, padding_idx=padding) * ~network.mask[..., None] + 0 * x[..., None]
    if kind == "columnEmbeddings":
        others = [place for place in range(x.shape[1]) if place not in layer["positions"]]
        columns = [x[:, others]]
        for index, sizes in enumerate(zip(layer["positions"], layer["levels"], layer["widths"])):
            position, levels, width = sizes
            weight = functional.pad(matrix(f"{index}.weight", levels, width), (0, 0, 1, 0))
            columns.append(functional.embedding(x[:, position].floor().long(), weight, padding_idx=0))
        return torch.cat(columns, 1)
    if kind == "positionwiseDense":
        units = layer["units"]
        return functional.linear(x, matrix("weight", units, x.shape[-1]), vector("bias", units))
    if kind == "layerNormalization" and x.dim() == 3:
        features = x.shape[-1]
        weight = network.parameter(f"{name}.weight", [features], 0.4, 1.0)
        return functional.layer_norm(x, [features], weight, vector("bias", features), layer["epsilon"])
    if kind == "gelu":
        return functional.gelu(x)
    if kind == "meanPooling":
        if network.mask is None:
            return x.mean(1)
        seen = (~network.mask).double()
        return (x * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)
    if kind == "attentionPooling":
        scores = x @ vector("query", x.shape[-1]) / math.sqrt(x.shape[-1])
        if network.mask is not None:
            scores = scores.masked_fill(network.mask, -math.inf)
        return (scores.softmax(1)[..., None] * x).sum(1)
    if kind == "classToken":
        token = vector("weight", x.shape[-1])
        if network.mask is not None:
            network.mask = functional.pad(network.mask, (1, 0))
        return torch.cat([token.expand(x.shape[0], 1, -1), x], 1)
    if kind == "tokenSelection":
        return x[:, layer["position"]]
    if kind == "positionalEncoding":
        if layer["form"] == "learned":
            return x + matrix("weight", *x.shape[1:])
        positions = torch.arange(x.shape[1], dtype=torch.float64)[:, None]
        features = torch.arange(x.shape[2])
        angles = positions / 10000 ** ((features // 2 * 2).double() / x.shape[2])
        return x + torch.where(features % 2 == 0, angles.sin(), angles.cos()).float().double()
    if kind == "transposition":
        network.mask = None
        return x.transpose(1, 2)
    if kind == "patchEmbedding":
        shape = [layer["features"], x.shape[1], *layer["patch"]]
        weight = network.parameter(f"{name}.weight", shape, 2 / math.sqrt(math.prod(shape[1:])))
        map_ = functional.conv2d(x, weight, vector("bias", shape[0]), layer["patch"])
        return map_.flatten(2).transpose(1, 2)
    if kind == "attention":
        return attention(network, layer, x, matrix, vector)
    if kind == "transformerBlock":
        for key, layers in block_layers(layer, x.shape[-1]):
            x = x + network.run(layers, x, f"{name}.{key}.")
        return x
    return None


def attention(network, layer, x, matrix, vector):
    positions, inputs = x.shape[1:]
    features, heads = layer["features"] or inputs, layer["heads"]
    weights = matrix("in_proj_weight", 3 * features, inputs), vector("in_proj_bias", 3 * features)
    back = matrix("out_proj_weight", inputs, features), vector("out_proj_bias", inputs)
    later = torch.ones(positions, positions, dtype=torch.bool).triu(1) if layer["causal"] else None
    if features == inputs and not layer["rotary"]:
        rows = x.transpose(0, 1)
        found, _ = functional.multi_head_attention_forward(
            rows, rows, rows, inputs, heads, *weights, None, None, False, 0.0, *back,
            key_padding_mask=network.mask, attn_mask=later, need_weights=False)
        return found.transpose(0, 1)
    parts = functional.linear(x, *weights).unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
    queries, keys, values = parts
    if layer["rotary"]:
        queries, keys = rotated(queries), rotated(keys)
    unseen = torch.zeros(x.shape[0], 1, positions, positions, dtype=torch.bool)
    if later is not None:
        unseen = unseen | later
    if network.mask is not None:
        unseen = unseen | network.mask[:, None, None]
    found = functional.scaled_dot_product_attention(queries, keys, values, ~unseen)
    return functional.linear(found.transpose(1, 2).flatten(2), *back)


def rotated(x):
    """Pairs of features as complex numbers, turned by the position times a frequency (RoFormer, equation 34)."""
    positions, size = x.shape[-2:]
    frequencies = 10000 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)


def block_layers(layer, features):
    normalization, dropout = {"kind": "layerNormalization", "epsilon": 1e-5}, {"kind": "dropout"}
    attends = {**layer, "kind": "attention", "features": None}
    dense = lambda units: {"kind": "positionwiseDense", "units": units}
    return [
        ("attention", [normalization, attends, dropout]),
        ("feedForward", [normalization, dense(layer["hidden"]), {"kind": "gelu"}, dropout, dense(features), dropout]),
    ]


# Layers as dictionaries


def embedding(tokens, features, padding=None):
    return {"kind": "embedding", "tokens": tokens, "features": features, "padding": padding}


def columns_of(positions, levels, widths):
    return {"kind": "columnEmbeddings", "positions": positions, "levels": levels, "widths": widths}


def attention_of(heads, features=None, causal=False, rotary=False):
    return {"kind": "attention", "heads": heads, "features": features, "causal": causal, "rotary": rotary}


def block(heads, hidden, causal=False, rotary=False):
    return {"kind": "transformerBlock", "heads": heads, "hidden": hidden, "causal": causal, "rotary": rotary}


def positions(form):
    return {"kind": "positionalEncoding", "form": form}


def patches(height, width, features):
    return {"kind": "patchEmbedding", "patch": [height, width], "features": features}


def write_all(case, write_cases, dense, residual):
    plain = lambda kind: {"kind": kind}
    rows = lambda units: {"kind": "positionwiseDense", "units": units}
    normalization = {"kind": "layerNormalization", "epsilon": 1e-5}
    mean, learned = plain("meanPooling"), plain("attentionPooling")
    mixing = residual([normalization, plain("transposition"), rows(8), plain("gelu"), plain("transposition")])
    cases = [
        case("embedding", 3, [7], [embedding(9, 5)]),
        case("embedding with padding", 4, [6], [embedding(9, 16, 3)]),
        case("columns of levels", 6, [5], [columns_of([1, 4], [8, 9], [3, 12])]),
        case("columns of levels alone", 5, [2], [columns_of([0, 1], [8, 11], [4, 2])]),
        case("columns of levels, dense layers", 9, [6], [columns_of([0, 2], [9, 8], [4, 7]), dense(11), plain("tanh"), dense(5)],
             labels=5),
        case("position-wise dense", 3, [5, 17], [rows(9), plain("tanh")]),
        case("layer normalization", 3, [5, 7], [normalization]),
        case("mean", 2, [5, 7], [mean]),
        case("mean without padding", 4, [6], [embedding(9, 5, 3), mean]),
        case("learned query", 3, [5, 7], [learned]),
        case("learned query without padding", 4, [6], [embedding(9, 5, 2), learned]),
        case("class token", 3, [4, 5], [plain("classToken")]),
        case("class token, first position", 3, [6], [
            embedding(9, 8, 3), plain("classToken"), attention_of(2), {"kind": "tokenSelection", "position": 0}]),
        case("learned positions", 3, [4, 5], [positions("learned")]),
        case("sinusoidal positions", 3, [9, 7], [positions("sinusoidal")]),
        case("transposition", 3, [4, 7], [plain("transposition"), rows(5)]),
        case("attention", 2, [5, 8], [attention_of(2)]),
        case("attention, one head of many positions", 1, [150, 6], [attention_of(1)]),
        case("attention, causal", 2, [67, 8], [attention_of(4, causal=True)]),
        case("attention, rotary", 2, [9, 8], [attention_of(2, rotary=True)]),
        case("attention, rotary, causal, more features", 2, [7, 6], [attention_of(3, 12, True, True)]),
        case("attention without padding", 4, [6], [embedding(9, 8, 3), attention_of(2), mean]),
        case("block", 2, [6, 16], [block(4, 24)]),
        case("block, causal and rotary", 2, [6, 16], [block(2, 33, True, True)]),
        case("patches", 2, [3, 6, 8], [patches(3, 2, 5), normalization]),
        case("text transformer", 4, [12], [
            embedding(9, 16, 3), positions("sinusoidal"), block(4, 32), block(2, 32), normalization, mean, dense(5),
        ], labels=5),
        case("vision transformer", 3, [3, 8, 8], [
            patches(4, 4, 16), plain("classToken"), positions("learned"), block(2, 32), normalization,
            {"kind": "tokenSelection", "position": 0}, dense(5)], labels=5, smoothing=0.1),
        case("mixer", 3, [3, 8, 8], [patches(4, 2, 7), mixing, normalization, mean, dense(5)], labels=5),
    ]
    write_cases("sequences.json", "layers on sequences; gradients of sum(output · upstream), or of meanLoss", cases)

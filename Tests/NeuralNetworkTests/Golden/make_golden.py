"""Makes the golden files beside it: what PyTorch computes for layers, losses, whole networks and SGD.

To make them again, from this directory:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r requirements.txt && /tmp/golden/bin/python make_golden.py

Inputs are not stored but given as a wave, which a test recomputes:

    value(index) = offset + amplitude * sin(frequency * index + curvature * index * index + phase)

in double precision, offset and curvature 0 where they are not given, rounded to the nearest float32, for index = 0, 1, …
over the row-major elements. Rounding makes them the same numbers for a float32 and a float64 implementation. Everything is
then computed in float64, so that the stored results, nine significant digits each, are the true ones to which either
implementation is held within its own rounding. Shapes are PyTorch's: activations [N, features], weights [out, in], biases
[out].
"""

import torch
from torch.nn import functional

import map_networks
from waves import numbers, tensor, wave, write


def dense():
    """output = input · weightᵀ + bias and the gradients of sum(output · upstream)."""
    cases = []
    for batch, inputs, outputs, has_bias in [
        (1, 1, 1, True), (3, 5, 7, True), (3, 5, 7, False), (17, 33, 10, True), (17, 33, 10, False), (64, 20, 48, True),
    ]:
        waves = {
            "input": wave(1.5, 0.37, 1.1),
            "weight": wave(0.8, 0.71, 0.3),
            "bias": wave(0.5, 1.3, 2.0) if has_bias else None,
            "upstream": wave(0.9, 0.53, 0.7),
        }
        x = tensor(waves["input"], batch, inputs, requires_grad=True)
        weight = tensor(waves["weight"], outputs, inputs, requires_grad=True)
        bias = tensor(waves["bias"], outputs, requires_grad=True) if has_bias else None
        output = functional.linear(x, weight, bias)
        output.backward(tensor(waves["upstream"], batch, outputs))
        cases.append({
            "batch": batch, "inputs": inputs, "outputs": outputs, "waves": waves,
            "output": numbers(output),
            "inputGradient": numbers(x.grad),
            "weightGradient": numbers(weight.grad),
            "biasGradient": numbers(bias.grad) if has_bias else None,
        })
    write("dense.json", {"operation": "output = input · weightᵀ + bias; gradients of sum(output · upstream)", "cases": cases})


def activations():
    """The second amplitude drives tanh and sigmoid deep into saturation. No input is zero, where ReLU has no gradient."""
    cases = []
    for name, function in [
        ("relu", torch.relu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid), ("gelu", functional.gelu),
        ("gelu (tanh)", lambda x: functional.gelu(x, approximate="tanh")), ("silu", functional.silu),
        ("leakyRelu", functional.leaky_relu), ("leakyRelu 0.2", lambda x: functional.leaky_relu(x, 0.2)),
        ("elu", functional.elu), ("elu 0.5", lambda x: functional.elu(x, 0.5)), ("hardSwish", functional.hardswish),
        ("softplus", functional.softplus), ("relu6", functional.relu6),
    ]:
        for batch, features, amplitude in [(4, 9, 2.5), (3, 17, 40.0)]:
            waves = {"input": wave(amplitude, 0.61, 0.4), "upstream": wave(1.2, 0.47, 1.9)}
            x = tensor(waves["input"], batch, features, requires_grad=True)
            assert bool((x != 0).all())
            output = function(x)
            output.backward(tensor(waves["upstream"], batch, features))
            cases.append({
                "activation": name, "batch": batch, "features": features, "waves": waves,
                "output": numbers(output),
                "inputGradient": numbers(x.grad),
            })
    write("activations.json", {"operation": "output = activation(input); gradient of sum(output · upstream)", "cases": cases})


def cross_entropy():
    """Softmax cross-entropy with label smoothing ε, in nats, averaged over the batch.

    The target is (1 - ε) · onehot(label) + ε / K. An amplitude of 80 makes exp overflow float32 unless the largest
    logit is subtracted first.
    """
    cases = []
    for classes in (2, 10, 37):
        for batch, amplitude in [(1, 3.0), (5, 3.0), (16, 3.0), (5, 80.0)]:
            for smoothing in (0.0, 0.1, 0.3):
                waves = {"logits": wave(amplitude, 0.91, 0.2)}
                logits = tensor(waves["logits"], batch, classes, requires_grad=True)
                labels = [(7 * index + 3) % classes for index in range(batch)]
                target = torch.tensor(labels)
                loss = functional.cross_entropy(logits, target, label_smoothing=smoothing)
                loss.backward()
                with torch.no_grad():
                    each = functional.cross_entropy(logits, target, label_smoothing=smoothing, reduction="none")
                cases.append({
                    "batch": batch, "classes": classes, "labelSmoothing": smoothing, "waves": waves, "labels": labels,
                    "meanLoss": numbers(loss)[0],
                    "losses": numbers(each),
                    "logitsGradient": numbers(logits.grad),
                })
    write("cross_entropy.json", {
        "operation": "target = (1 - ε) · onehot(label) + ε / K; loss in nats; logitsGradient is that of meanLoss",
        "cases": cases,
    })


def weighted_cross_entropy():
    """The same with a weight for each class: the mean is over the sum of the samples' weights."""
    cases = []
    for classes in (2, 10):
        weights = [float(f"{0.3 + 1.7 * ((5 * index + 2) % classes) / classes:.6g}") for index in range(classes)]
        for batch, amplitude in [(1, 3.0), (16, 3.0), (5, 80.0)]:
            for smoothing in (0.0, 0.1, 0.3):
                waves = {"logits": wave(amplitude, 0.91, 0.2)}
                logits = tensor(waves["logits"], batch, classes, requires_grad=True)
                labels = [(7 * index + 3) % classes for index in range(batch)]
                loss = functional.cross_entropy(
                    logits, torch.tensor(labels), weight=torch.tensor(weights, dtype=torch.float64),
                    label_smoothing=smoothing)
                loss.backward()
                cases.append({
                    "batch": batch, "classes": classes, "labelSmoothing": smoothing, "waves": waves, "labels": labels,
                    "weights": weights, "meanLoss": numbers(loss)[0], "logitsGradient": numbers(logits.grad),
                })
    write("weighted_cross_entropy.json", {
        "operation": "CrossEntropyLoss(weight=weights, label_smoothing=ε); logitsGradient is that of meanLoss",
        "cases": cases,
    })


def network():
    """A multi-layer perceptron, forward and backward once, with the gradient of every parameter of the mean loss."""
    sizes, activation_names = [20, 16, 12, 5], ["relu", "tanh", None]
    functions = {"relu": torch.relu, "tanh": torch.tanh, None: lambda values: values}
    cases = []
    for batch, smoothing in [(1, 0.0), (9, 0.0), (6, 0.1)]:
        input_wave = wave(1.4, 0.29, 0.6)
        x = tensor(input_wave, batch, sizes[0], requires_grad=True)
        hidden, layers, parameters = x, [], []
        for number, (inputs, outputs, activation) in enumerate(zip(sizes, sizes[1:], activation_names)):
            layer = {
                "inputs": inputs, "outputs": outputs, "activation": activation,
                "weight": wave(0.6, [0.83, 0.87, 0.94][number], 0.9),
                "bias": wave(0.3, [1.7, 1.8, 1.9][number], 0.5),
            }
            weight = tensor(layer["weight"], outputs, inputs, requires_grad=True)
            bias = tensor(layer["bias"], outputs, requires_grad=True)
            sums = functional.linear(hidden, weight, bias)
            # Far enough from ReLU's kink that rounding cannot put a float32 implementation on its other side.
            assert activation != "relu" or float(sums.detach().abs().min()) > 1e-3
            hidden = functions[activation](sums)
            layers.append(layer)
            parameters.append((weight, bias))
        labels = [(3 * index + 1) % sizes[-1] for index in range(batch)]
        loss = functional.cross_entropy(hidden, torch.tensor(labels), label_smoothing=smoothing)
        loss.backward()
        for layer, (weight, bias) in zip(layers, parameters):
            layer["weightGradient"], layer["biasGradient"] = numbers(weight.grad), numbers(bias.grad)
        cases.append({
            "batch": batch, "labelSmoothing": smoothing, "labels": labels, "input": input_wave, "layers": layers,
            "logits": numbers(hidden),
            "meanLoss": numbers(loss)[0],
            "inputGradient": numbers(x.grad),
        })
    write("network.json", {"operation": "dense layers and softmax cross-entropy; gradients of meanLoss", "cases": cases})


def sgd():
    """Twenty steps on 37 parameters, the rate falling on the way, the gradient of step s (from 0) a wave from index 37 s on.

    PyTorch's order: clip, add the decay, gather velocity, then apply the rate to the velocity, which the rate is no part of.
    The first `decayed` parameters are decayed (weights), the rest are not (biases).
    """
    count, steps, kept = 37, 20, (1, 2, 5, 20)
    rates = [0.1] * 5 + [0.05] * 7 + [0.01] * 8
    # Gradient norms lie on both sides of the clipping threshold 1: a full wave of amplitude 1 has about √(37/2) = 4.3.
    scales = [float(f"{0.03 * 1.5 ** (step % 10):.6g}") for step in range(steps)]
    initial, gradient = wave(0.7, 0.41, 0.8), wave(1.0, 0.67, 0.25)
    variants = [
        ("plain", dict(), None, count),
        ("momentum", dict(momentum=0.9), None, count),
        ("nesterov", dict(momentum=0.9, nesterov=True), None, count),
        ("weight decay", dict(weight_decay=0.01), None, count),
        ("weight decay on weights only", dict(momentum=0.9, weight_decay=0.01), None, 25),
        ("nesterov with weight decay", dict(momentum=0.9, nesterov=True, weight_decay=0.01), None, count),
        ("clipped", dict(), 1.0, count),
        ("clipped nesterov with weight decay on weights only",
         dict(momentum=0.9, nesterov=True, weight_decay=0.01), 1.0, 25),
    ]
    cases = []
    for name, options, maximum_norm, decayed in variants:
        start = tensor(initial, count)
        groups = [start[:decayed].clone().requires_grad_(), start[decayed:].clone().requires_grad_()]
        optimizer = torch.optim.SGD(
            [{"params": [groups[0]]}, {"params": [groups[1]], "weight_decay": 0.0}], lr=rates[0], **options)
        after, norms = {}, []
        for step in range(steps):
            # The scale is applied in double and the product is not rounded again.
            values = tensor(gradient, count, first=step * count) * scales[step]
            groups[0].grad, groups[1].grad = values[:decayed].clone(), values[decayed:].clone()
            if maximum_norm is not None:
                norms.append(torch.nn.utils.clip_grad_norm_(groups, maximum_norm))
            for group in optimizer.param_groups:
                group["lr"] = rates[step]
            optimizer.step()
            if step + 1 in kept:
                after[str(step + 1)] = numbers(torch.cat([group.detach() for group in groups]))
        cases.append({
            "name": name,
            "momentum": options.get("momentum", 0.0),
            "nesterov": options.get("nesterov", False),
            "weightDecay": options.get("weight_decay", 0.0),
            "decayed": decayed,
            "maximumNorm": maximum_norm,
            "gradientNorms": numbers(torch.stack(norms)) if norms else None,
            "parametersAfter": after,
        })
    write("sgd.json", {
        "operation": [
            "gradient(step, i) = gradientScales[step] · wave(37 · step + i), step = 0 … 19",
            "norm = √Σ gradient²; gradient ← gradient · min(1, maximumNorm / (norm + 1e-6)), where maximumNorm is given",
            "gradient ← gradient + weightDecay · parameter, for the first `decayed` parameters",
            "velocity ← momentum · velocity + gradient",
            "parameter ← parameter - rate · (nesterov ? gradient + momentum · velocity : velocity)",
        ],
        "parameters": count, "initial": initial, "gradient": gradient, "gradientScales": scales, "rates": rates,
        "cases": cases,
    })


torch.manual_seed(0)
torch.set_num_threads(1)
dense()
activations()
cross_entropy()
weighted_cross_entropy()
network()
sgd()
map_networks.convolutions()
map_networks.normalizations()
map_networks.poolings()
map_networks.residuals()
map_networks.ranks()
map_networks.dilations()
map_networks.branches()
map_networks.upsamplings()
map_networks.networks()
map_networks.sequences()

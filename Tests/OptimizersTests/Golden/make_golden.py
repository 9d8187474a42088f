"""Makes optimizers.json: parameters after 1, 2, 10 and 20 updates by PyTorch's optimizers, in float64, and by the papers'
algorithms of LARS and LAMB written out in numpy.

    python3 make_golden.py > optimizers.json        (numpy, torch 2.x)
"""
import json
import numpy as np
import torch
from problem import COUNT, GRADIENT, INITIAL, SCALES, SHOWN, STEPS, TENSORS, falling, gradient, wave


def by_torch(make, rate, decay):
    start = wave(INITIAL, 0, COUNT)
    tensors = [torch.tensor(start[a:b].copy(), requires_grad=True) for a, b, _ in TENSORS]
    optimizer = make([
        {"params": [t for t, (_, _, decayed) in zip(tensors, TENSORS) if decayed], "weight_decay": decay},
        {"params": [t for t, (_, _, decayed) in zip(tensors, TENSORS) if not decayed], "weight_decay": 0.0},
    ])
    after = {}
    for step, lr in enumerate(falling(rate)):
        for group in optimizer.param_groups:
            group["lr"] = lr
        g = gradient(step)
        for tensor, (a, b, _) in zip(tensors, TENSORS):
            tensor.grad = torch.tensor(g[a:b].copy())
        optimizer.step()
        if step + 1 in SHOWN:
            after[str(step + 1)] = np.concatenate([t.detach().numpy() for t in tensors]).round(12).tolist()
    return after


def lars(rate, momentum, trust, decay):
    w = wave(INITIAL, 0, COUNT)
    v = np.zeros(COUNT)
    after = {}
    for step, lr in enumerate(falling(rate)):
        g = gradient(step)
        for a, b, decayed in TENSORS:
            local, d = 1.0, 0.0
            if decayed:
                d = decay
                local = trust * np.linalg.norm(w[a:b]) / (np.linalg.norm(g[a:b]) + d * np.linalg.norm(w[a:b]))
            v[a:b] = momentum * v[a:b] + lr * local * (g[a:b] + d * w[a:b])
            w[a:b] -= v[a:b]
        if step + 1 in SHOWN:
            after[str(step + 1)] = w.round(12).tolist()
    return after


def lamb(rate, beta1, beta2, epsilon, decay):
    w = wave(INITIAL, 0, COUNT)
    m, v = np.zeros(COUNT), np.zeros(COUNT)
    after = {}
    for step, lr in enumerate(falling(rate)):
        g = gradient(step)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        direction = (m / (1 - beta1 ** (step + 1))) / (np.sqrt(v / (1 - beta2 ** (step + 1))) + epsilon)
        for a, b, decayed in TENSORS:
            ratio, r = 1.0, direction[a:b]
            if decayed:
                r = r + decay * w[a:b]
                ratio = np.linalg.norm(w[a:b]) / np.linalg.norm(r)
            w[a:b] = w[a:b] - lr * ratio * r
        if step + 1 in SHOWN:
            after[str(step + 1)] = w.round(12).tolist()
    return after


def case(name, rate, settings, after):
    return {"name": name, "rates": falling(rate), "settings": settings, "parametersAfter": after}


def main():
    cases = []
    for decay in (0.0, 0.05):
        for beta1, beta2, epsilon in ((0.9, 0.999, 1e-8), (0.8, 0.95, 1e-3)):
            for name, kind in (("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)):
                cases.append(case(
                    name, 0.01, {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weightDecay": decay},
                    by_torch(lambda p: kind(p, betas=(beta1, beta2), eps=epsilon), 0.01, decay)))
            cases.append(case(
                "lamb", 0.01, {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weightDecay": decay},
                lamb(0.01, beta1, beta2, epsilon, decay)))
        for alpha, momentum, centered in ((0.99, 0.0, False), (0.9, 0.9, False), (0.99, 0.0, True), (0.95, 0.5, True)):
            cases.append(case(
                "rmsprop", 0.003,
                {"alpha": alpha, "momentum": momentum, "centered": centered, "epsilon": 1e-3, "weightDecay": decay},
                by_torch(lambda p: torch.optim.RMSprop(p, alpha=alpha, eps=1e-3, momentum=momentum, centered=centered),
                         0.003, decay)))
        for rate_decay, initial in ((0.0, 0.0), (0.1, 0.5)):
            cases.append(case(
                "adagrad", 0.05, {"rateDecay": rate_decay, "initialSum": initial, "epsilon": 1e-10, "weightDecay": decay},
                by_torch(lambda p: torch.optim.Adagrad(p, lr_decay=rate_decay, initial_accumulator_value=initial),
                         0.05, decay)))
        for momentum, trust in ((0.9, 0.001), (0.0, 0.02)):
            cases.append(case(
                "lars", 0.5, {"momentum": momentum, "trust": trust, "weightDecay": decay},
                lars(0.5, momentum, trust, decay)))
    print(json.dumps({
        "parameters": COUNT, "initial": INITIAL, "gradient": GRADIENT, "gradientScales": SCALES,
        "tensors": [{"start": a, "end": b, "isDecayed": d} for a, b, d in TENSORS], "cases": cases}))


main()

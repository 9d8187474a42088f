"""Makes published.json: parameters after 1, 2, 10 and 20 updates by the packages that the papers' authors publish, in float64,
what they evaluate, and the estimates that they keep.

    pip install numpy torch schedulefree prodigyopt momo-opt dog-optimizer
    python3 make_published.py > published.json
"""
import json
import numpy as np
import torch
from dog import DoG
from momo import Momo
from prodigyopt import Prodigy
from schedulefree import AdamWScheduleFree, SGDScheduleFree
from problem import COUNT, GRADIENT, INITIAL, SCALES, SHOWN, STEPS, TENSORS, falling, gradient, wave

LOSSES = [float(np.float32(2.5 * 0.85 ** step + 0.3 * np.sin(step))) for step in range(STEPS)]


def rising(rate):
    # A warm-up, then a rate that falls a little.
    return [float(np.float32(rate * min(1, (step + 1) / 8) * (1 - 0.01 * max(0, step - 10)))) for step in range(STEPS)]


def run(name, make, rates, settings, estimate=None, decays_all=False, evaluates=False):
    start = wave(INITIAL, 0, COUNT)
    decay = settings["weightDecay"]
    tensors = [torch.tensor(start[a:b].copy(), requires_grad=True) for a, b, _ in TENSORS]
    if decays_all:
        groups = [{"params": tensors, "weight_decay": decay}]
    else:
        groups = [{"params": [t for t, (_, _, d) in zip(tensors, TENSORS) if d is decayed],
                   "weight_decay": decay if decayed else 0.0} for decayed in (True, False)]
    optimizer = make(groups, rates[0])
    after, evaluated, estimates = {}, {}, {}

    def values():
        return np.concatenate([t.detach().numpy() for t in tensors]).round(12).tolist()

    for step, rate in enumerate(rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        if evaluates:
            optimizer.train()
        g = gradient(step)
        for tensor, (a, b, _) in zip(tensors, TENSORS):
            tensor.grad = torch.tensor(g[a:b].copy())
        if isinstance(optimizer, Momo):
            optimizer.step(loss=torch.tensor(LOSSES[step], dtype=torch.float64))
        else:
            optimizer.step()
        if step + 1 not in SHOWN:
            continue
        after[str(step + 1)] = values()
        if evaluates:
            optimizer.eval()
            evaluated[str(step + 1)] = values()
        if estimate:
            estimates[str(step + 1)] = float(estimate(optimizer))
    return {"name": name, "rates": rates, "settings": settings, "decaysAll": decays_all, "parametersAfter": after,
            "evaluatedAfter": evaluated, "estimatesAfter": estimates}


def main():
    cases = []
    for decay in (0.0, 0.05):
        for rates in (rising(0.05), falling(0.05)):
            for momentum, power in ((0.9, 0.0), (0.6, 1.5)):
                cases.append(run(
                    "schedule-free-sgd", lambda p, lr: SGDScheduleFree(p, lr=lr, momentum=momentum, r=power), rates,
                    {"momentum": momentum, "power": power, "weightDecay": decay}, evaluates=True))
                cases.append(run(
                    "schedule-free-adamw",
                    lambda p, lr: AdamWScheduleFree(p, lr=lr, betas=(momentum, 0.99), eps=1e-6, r=power), rates,
                    {"momentum": momentum, "power": power, "beta2": 0.99, "epsilon": 1e-6, "weightDecay": decay},
                    evaluates=True))
        for rate, momentum, bound in ((1.0, 0.9, 0.0), (0.02, 0.9, 0.0), (1.0, 0.5, -0.4)):
            cases.append(run(
                "momo", lambda p, lr: Momo(p, lr=lr, beta=momentum, lb=bound), falling(rate),
                {"momentum": momentum, "lowerBound": bound, "weightDecay": decay}, decays_all=True))
        for rate, first in ((1.0, 1e-6), (1.0, 1e-3), (0.5, 1e-2)):
            cases.append(run(
                "dog", lambda p, lr: DoG(p, lr=lr, reps_rel=first), falling(rate),
                {"firstDistance": first, "weightDecay": decay}, decays_all=True,
                estimate=lambda o: o.param_groups[0]["rbar"]))
        for first, factor, betas, beta3 in (
                (1e-6, 1.0, (0.9, 0.999), None), (1e-2, 1.0, (0.9, 0.999), None), (1e-3, 2.0, (0.5, 0.9), 0.8)):
            settings = {"beta1": betas[0], "beta2": betas[1], "epsilon": 1e-8, "firstDistance": first,
                        "distanceFactor": factor, "weightDecay": decay}
            if beta3:
                settings["beta3"] = beta3
            cases.append(run(
                "prodigy", lambda p, lr: Prodigy(p, lr=lr, betas=betas, beta3=beta3, d0=first, d_coef=factor),
                falling(1.0), settings, estimate=lambda o: o.param_groups[0]["d"]))
    print(json.dumps({
        "parameters": COUNT, "initial": INITIAL, "gradient": GRADIENT, "gradientScales": SCALES, "losses": LOSSES,
        "tensors": [{"start": a, "end": b, "isDecayed": d} for a, b, d in TENSORS], "cases": cases}))


main()

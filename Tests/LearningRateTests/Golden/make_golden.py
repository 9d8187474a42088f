#!/usr/bin/env python3
"""Writes golden.json: the rates of learning-rate schedules step by step, as PyTorch computes them.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0
    venv/bin/python make_golden.py

The parameters carry the names that the schedules have here. A plateau's rates are those after each value.
"""

import json
import pathlib
import random
import warnings

import torch
from torch.optim import lr_scheduler

warnings.simplefilter("ignore", UserWarning)


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def rates(make, rate, steps):
    sgd = optimizer(rate)
    scheduler = make(sgd)
    found = []
    for step in range(steps):
        found.append(sgd.param_groups[0]["lr"])
        sgd.step()
        if step < steps - 1:
            scheduler.step()
    return found


def case(name, make, steps, rate=0.1, **parameters):
    return {
        "name": name,
        "parameters": {"rate": rate, **parameters},
        "rates": rates(lambda sgd: make(sgd, parameters), rate, steps),
    }


def step(sgd, p):
    return lr_scheduler.StepLR(sgd, step_size=p["length"], gamma=p["factor"])


def multi_step(sgd, p):
    return lr_scheduler.MultiStepLR(sgd, milestones=p["falls"], gamma=p["factor"])


def exponential(sgd, p):
    return lr_scheduler.ExponentialLR(sgd, gamma=p["factor"])


def polynomial(sgd, p):
    return lr_scheduler.PolynomialLR(sgd, total_iters=p["length"], power=p["power"])


def cosine(sgd, p):
    return lr_scheduler.CosineAnnealingLR(sgd, T_max=p["length"], eta_min=p["floor"])


def cosine_restarts(sgd, p):
    return lr_scheduler.CosineAnnealingWarmRestarts(sgd, T_0=p["period"], T_mult=p["periodFactor"], eta_min=p["floor"])


def one_cycle(sgd, p):
    return lr_scheduler.OneCycleLR(
        sgd, max_lr=0.1, total_steps=p["length"], pct_start=p["rise"], anneal_strategy="cos", cycle_momentum=False,
        div_factor=p["startDivisor"], final_div_factor=p["endDivisor"], three_phase=False)


def cyclical(mode):
    def make(sgd, p):
        return lr_scheduler.CyclicLR(
            sgd, base_lr=p["minimum"], max_lr=0.1, step_size_up=p["halfCycle"], mode=mode.replace("-", "_"),
            gamma=p.get("factor", 1.0), cycle_momentum=False)

    return make


def warm_up(sgd, p):
    return lr_scheduler.SequentialLR(
        sgd,
        [
            lr_scheduler.LinearLR(sgd, start_factor=p["startShare"], total_iters=p["warmUpSteps"]),
            lr_scheduler.CosineAnnealingLR(sgd, T_max=p["length"], eta_min=0),
        ],
        milestones=[p["warmUpSteps"]])


def plateau(metric, values, rate=0.1, **p):
    sgd = optimizer(rate)
    scheduler = lr_scheduler.ReduceLROnPlateau(
        sgd, mode="min" if metric == "loss" else "max", factor=p["factor"], patience=p["patience"],
        threshold=p["threshold"], threshold_mode="rel", cooldown=p["cooldown"], min_lr=p["floor"], eps=0)
    found = []
    for value in values:
        scheduler.step(value)
        found.append(sgd.param_groups[0]["lr"])
    return {"metric": metric, "parameters": {"rate": rate, **p}, "values": values, "rates": found}


def histories():
    """Values that fall to a floor, with noise, and values that stand still; all in (0, 1)."""
    draw = random.Random(5)
    falling = [0.1 + 0.8 * 0.85**cycle * draw.uniform(0.8, 1.2) for cycle in range(60)]
    still = [0.5] * 40
    tiny = [0.5 * (1 - 5e-5) ** cycle for cycle in range(40)]
    return [falling, still, tiny]


def plateaus():
    settings = [
        dict(factor=0.1, patience=10, threshold=1e-4, cooldown=0, floor=0.0),
        dict(factor=0.5, patience=0, threshold=1e-4, cooldown=0, floor=0.003),
        dict(factor=0.5, patience=2, threshold=0.02, cooldown=3, floor=0.0),
        dict(factor=0.3, patience=1, threshold=0.0, cooldown=1, floor=1e-3),
    ]
    for values in histories():
        for setting in settings:
            yield plateau("loss", values, **setting)
            yield plateau("accuracy", [1 - value for value in values], **setting)


def cases():
    yield case("step", step, 60, factor=0.1, length=20)
    yield case("step", step, 60, factor=0.7, length=7)
    yield case("multi-step", multi_step, 60, factor=0.2, falls=[1, 12, 12, 40])
    yield case("exponential", exponential, 60, factor=0.93, length=1)
    yield case("polynomial", polynomial, 60, power=1.0, floor=0.0, length=40)
    yield case("polynomial", polynomial, 60, power=2.5, floor=0.0, length=50)
    yield case("cosine", cosine, 41, floor=0.0, length=40)
    yield case("cosine", cosine, 38, floor=0.003, length=37)
    yield case("cosine-restarts", cosine_restarts, 80, floor=0.0, period=10, periodFactor=1)
    yield case("cosine-restarts", cosine_restarts, 120, floor=0.002, period=7, periodFactor=2)
    yield case("cosine-restarts", cosine_restarts, 60, floor=0.0, period=1, periodFactor=3)
    yield case("one-cycle", one_cycle, 100, rise=0.3, startDivisor=25.0, endDivisor=1e4, length=100)
    yield case("one-cycle", one_cycle, 33, rise=0.45, startDivisor=10.0, endDivisor=100.0, length=33)
    yield case("one-cycle", one_cycle, 3, rise=0.3, startDivisor=25.0, endDivisor=1e4, length=3)
    for half in [1, 8, 13]:
        yield case("triangular", cyclical("triangular"), 70, minimum=0.004, halfCycle=half)
        yield case("triangular2", cyclical("triangular2"), 70, minimum=0.004, halfCycle=half)
        yield case("exp-range", cyclical("exp-range"), 70, minimum=0.004, halfCycle=half, factor=0.97)
    yield case("warm-up", warm_up, 35, startShare=0.01, warmUpSteps=5, length=30)


if __name__ == "__main__":
    golden = {"torch": torch.__version__, "schedules": list(cases()), "plateaus": list(plateaus())}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

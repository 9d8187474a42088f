"""The ways a peer can run a network; probe.py finds the fastest.

A variant is named by its choices, for example `channels_last-compiled` or, in bf16, `contiguous-eager-autocast`:

    contiguous, channels_last   the layout of images and of convolutions' weights
    eager, compiled             torch.compile of the network
    autocast                    float32 weights, cast by torch.autocast in each step
    master                      bfloat16 weights of convolutions and dense layers, and a float32 copy that is updated

Left out is float32 with bfloat16 products (`fp32_precision = "bf16"`): without AMX oneDNN multiplies in float32 all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

DTYPES = ["f32", "bf16"]


@dataclass(frozen=True)
class Variant:
    layout: str
    execution: str
    # How bf16 is kept; empty in f32.
    weights: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.layout, self.execution, self.weights) if part)


def variants(net: str, dtype: str, execution: str) -> list[Variant]:
    """Those of a network of `execution` eager or compiled. The mlp has no images to lay out."""
    return [
        Variant(layout, execution, weights)
        for layout in (["contiguous"] if net == "mlp" else ["contiguous", "channels_last"])
        for weights in (["autocast", "master"] if dtype == "bf16" else [""])
    ]


def variant_named(name: str, net: str, dtype: str) -> Variant:
    """Raises ValueError when the network has no such variant in `dtype`."""
    known = variants(net, dtype, "eager") + variants(net, dtype, "compiled")
    for variant in known:
        if str(variant) == name:
            return variant
    raise ValueError(f"{net} in {dtype} has no variant '{name}', expected one of {', '.join(map(str, known))}")

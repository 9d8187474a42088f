#!/usr/bin/env python3
"""Writes augmentations.json: images that torchvision changes.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 torchvision==0.29.2
    venv/bin/python make_augmentations.py

Images are of 32-bit floats in 0 ... 1, multiples of 1/255, as torchvision's version 2 takes them.
"""

import json
import pathlib

import torch
import torchvision
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional

generator = torch.Generator().manual_seed(3)
linear = InterpolationMode.BILINEAR
images = {
    # Bright and dark parts, so that every operation changes something.
    "colour": torch.randint(0, 200, (3, 7, 8), generator=generator).float() / 255 * 0.9 + 0.02,
    "grey": torch.randint(0, 256, (1, 18, 16), generator=generator).float() / 255,
}
images = {name: (image * 255).round() / 255 for name, image in images.items()}


def numbers(image):
    return [float(f"{value:.6g}") for value in image.flatten().tolist()]


cases = []


def case(image, operation, parameters, result):
    cases.append({"image": image, "operation": operation, "parameters": parameters, "pixels": numbers(result)})


for name, image in images.items():
    height, width = image.shape[1:]
    for top, left, h, w in [(0, 0, height, width), (2, 3, 5, 4), (1, 0, 1, width), (4, 6, 3, 2)]:
        case(name, "enlarge", [top, left, h, w],
             functional.resized_crop(image, top, left, h, w, [height, width], linear, antialias=True))
    for angle in (17.0, -45.0, 90.0):
        case(name, "rotate", [angle], functional.rotate(image, angle, linear))
    for factor in (0.4, 1.7):
        case(name, "brightness", [factor], functional.adjust_brightness(image, factor))
        case(name, "contrast", [factor], functional.adjust_contrast(image, factor))
        case(name, "saturation", [factor], functional.adjust_saturation(image, factor))
        case(name, "sharpness", [factor], functional.adjust_sharpness(image, factor))
    for turns in (-0.4, 0.1, 0.5):
        case(name, "hue", [turns], functional.adjust_hue(image, turns))
    for magnitude in (9, 22):
        augment = v2.RandAugment(magnitude=magnitude, interpolation=linear)
        for operation, (magnitudes, signed) in augment._AUGMENTATION_SPACE.items():
            values = magnitudes(augment.num_magnitude_bins, height, width)
            value = float(values[magnitude]) if values is not None else 0.0
            for sign in (1, -1) if signed else (1,):
                result = augment._apply_image_or_video_transform(
                    image, operation, sign * value, interpolation=linear, fill={})
                case(name, f"randAugment {operation}", [magnitude, sign], result)

path = pathlib.Path(__file__).with_name("augmentations.json")
path.write_text(json.dumps({
    "torchvision": torchvision.__version__,
    "images": {name: {"shape": list(image.shape), "pixels": numbers(image)} for name, image in images.items()},
    "cases": cases,
}) + "\n")

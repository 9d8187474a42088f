"""The benchmark's networks in PyTorch, layer for layer those of the configurations of the same names."""

from torch import Tensor, nn
from torch.nn import functional

CLASSES = 10

# A sample's shape, [C, H, W] for convolutions, and the number of samples in the set.
DATA = {
    "mlp": ((784,), 60_000),
    "lenet5": ((1, 28, 28), 60_000),
    "cnn": ((1, 28, 28), 60_000),
    "resnet20": ((3, 32, 32), 50_000),
}


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(inplace=True),
        nn.Linear(512, 256), nn.ReLU(inplace=True),
        nn.Linear(256, CLASSES))


def lenet5() -> nn.Module:
    """LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998, with ReLU and max pooling: 61,706 parameters."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(inplace=True),
        nn.Linear(120, 84), nn.ReLU(inplace=True),
        nn.Linear(84, CLASSES))


def cnn() -> nn.Module:
    def convolution(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]

    return nn.Sequential(
        *convolution(1, 32), *convolution(32, 32), nn.MaxPool2d(2),
        *convolution(32, 64), *convolution(64, 64), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 256), nn.ReLU(inplace=True),
        nn.Linear(256, CLASSES))


class ResidualBlock(nn.Module):
    """Two convolutions 3 × 3; where the shape changes, shortcut A: subsampling and zero channels."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.first_normalization = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_normalization = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.zero_channels = outputs - inputs

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.first_normalization(self.first(x)), inplace=True)
        y = self.second_normalization(self.second(y))
        if self.stride > 1:
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.zero_channels))
        return functional.relu(y.add_(x), inplace=True)


def resnet20() -> nn.Module:
    """He, Zhang, Ren, Sun, CVPR 2016, section 4.2: 269,722 parameters."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    inputs = 16
    for outputs in (16, 32, 64):
        for _ in range(3):
            layers.append(ResidualBlock(inputs, outputs, stride=1 if inputs == outputs else 2))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


NETWORKS = {"mlp": mlp, "lenet5": lenet5, "cnn": cnn, "resnet20": resnet20}

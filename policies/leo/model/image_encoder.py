"""The image encoder: a ConvNeXt (timm) whose feature map becomes one image token."""

import numpy as np
import torch
from PIL import Image
from timm.models.convnext import ConvNeXt
from torch import Tensor, nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import ImageEncoderConfig

CONV_CHANNELS = (64, 32)
FEATURE_STRIDE = 32


def resize_image(image: np.ndarray, size_px: int) -> np.ndarray:
    """(H, W, 3) uint8 -> (size, size, 3) uint8, aspect ratio not kept (as in LEO's code).

    An image more than twice as large is first averaged over whole pixel blocks, then interpolated.

    Raises:
        InputError: an array of another kind.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise InputError(f"image: found {image.dtype} of shape {image.shape}, expected uint8 of shape (H, W, 3)")
    if image.shape[:2] == (size_px, size_px):
        return np.ascontiguousarray(image)
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((size_px, size_px), Image.Resampling.BILINEAR, reducing_gap=1.0))


class _Backbone(nn.Module):
    def __init__(self, config: ImageEncoderConfig) -> None:
        super().__init__()
        self.model = ConvNeXt(depths=config.depths, dims=config.dims, num_classes=config.num_classes)
        if config.num_classes == 0:
            self.model.add_module("head", nn.Identity())  # the released weights carry a head that is never used


class ImageEncoder(nn.Module):
    """(I, size, size, 3) uint8 -> (I, output_dim) features, one token an image."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: ImageEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = _Backbone(config)
        for name, values in (("mean", config.mean), ("std", config.std)):  # held also by a model on the meta device
            scale = torch.tensor(values, device="cpu").view(1, 3, 1, 1) * 255
            self.register_buffer(name, scale, persistent=False)
        self.output_dim = config.dims[-1]
        if config.pooling == "conv":
            hidden, last = CONV_CHANNELS
            self.pooling = nn.Sequential(nn.Conv2d(config.dims[-1], hidden, 1), nn.ReLU(), nn.Conv2d(hidden, last, 1))
            self.output_dim = last * (config.size_px // FEATURE_STRIDE) ** 2
        self.trainable = config.trainable
        self.requires_grad_(config.trainable)
        self.train(config.trainable)

    def train(self, mode: bool = True) -> "ImageEncoder":
        return super().train(mode and self.trainable)

    def forward(self, images: Tensor) -> Tensor:
        pixels = images.permute(0, 3, 1, 2)  # a channels-last view: the layout in which ConvNeXt is fast
        grid = self.backbone.model.forward_features((pixels.to(self.mean.dtype) - self.mean) / self.std)
        return grid.mean(dim=(2, 3)) if self.config.pooling == "avg" else self.pooling(grid).flatten(1)

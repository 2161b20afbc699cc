# Names alone: a stand-in written for the sample of miner.
dependencies = ["torch"]

from torchvision.models.resnet import resnet18, resnet34, resnet50
from torchvision.models.vgg import vgg16

#!/usr/bin/python3
"""Writes golden.txt: losses of training in float64 with PyTorch, for golden.lua to compare with.

    AELUA_DATA=.../fashion-mnist tests/golden/make_golden.py >tests/golden/golden.txt

Weights and data come from a generator that both programs compute exactly:

    state = (6364136223846793005 * state + 1442695040888963407) mod 2^64
    u     = (state >> 11) / 2^53

Linear(in, out): weight row by row, then bias, each (2u - 1) / sqrt(in). Images of 784 pixels: ten
prototypes with pixels p = (u < 0.5 ? 0 : u), then for each image label = floor(10u), brightness
b = 0.5 + u / 2, and the pixels prototype[label] * b * (0.8 + u / 5). The real images are the first
6000 of Fashion-MNIST's training set, pixel / 255. Batches of 100 in order, again and again.

A line of golden.txt is a name and its values.
"""
import gzip
import math
import os

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
BATCH, STEPS = 100, 60


class Generator:
    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53


def formula_data():
    u = Generator(1)
    prototypes = []
    for _ in range(10):
        values = [u() for _ in range(784)]
        prototypes.append([0.0 if v < 0.5 else v for v in values])
    images, labels = [], []
    for _ in range(1000):
        label = math.floor(10 * u())
        brightness = 0.5 + u() / 2
        images.append([p * brightness * (0.8 + u() / 5) for p in prototypes[label]])
        labels.append(label)
    return torch.tensor(images), torch.tensor(labels)


def real_data(folder):
    def read(name, skip):
        with gzip.open(os.path.join(folder, name)) as file:
            return torch.frombuffer(bytearray(file.read()[skip:]), dtype=torch.uint8)
    images = read("train-images-idx3-ubyte.gz", 16).view(-1, 784)[:6000]
    labels = read("train-labels-idx1-ubyte.gz", 8)[:6000]
    return images.double() / 255, labels.long()


def linear(u, inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    bound = math.sqrt(inputs)
    with torch.no_grad():
        weight = [(2 * u() - 1) / bound for _ in range(inputs * outputs)]
        layer.weight.copy_(torch.tensor(weight).view(outputs, inputs))
        layer.bias.copy_(torch.tensor([(2 * u() - 1) / bound for _ in range(outputs)]))
    return layer


def train(net, criterion, optimizer, data, target, steps, before_step=None):
    images, labels = data
    losses = []
    for step in range(steps):
        first = step * BATCH % len(images)
        x, y = images[first:first + BATCH], labels[first:first + BATCH]
        loss = criterion(net(x), target(x, y))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        if before_step:
            before_step(step, optimizer.param_groups[0])
        optimizer.step()
    return losses


def image(x, _):
    return x


def label(_, y):
    return y


def write(name, values):
    print(name, " ".join(repr(v) for v in values))


def write_parameters(name, net):
    write(name, [(p * p).mean().item() for p in net.parameters()])


def end_to_end(name, data):
    """The autoencoder, then its encoder with a classifier on top."""
    u = Generator(2)
    encoder = nn.Sequential(linear(u, 784, 100), nn.ReLU(), linear(u, 100, 100), nn.ReLU())
    decoder = nn.Sequential(linear(u, 100, 100), nn.ReLU(), linear(u, 100, 784), nn.ReLU())
    net = nn.Sequential(encoder, decoder)
    sgd = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    write(name + ".autoencoder", train(net, nn.MSELoss(), sgd, data, image, STEPS))
    write_parameters(name + ".autoencoder.parameters", net)
    net = nn.Sequential(encoder, nn.Sequential(linear(Generator(3), 100, 10), nn.LogSoftmax(1)))
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    write(name + ".classifier", train(net, nn.NLLLoss(), sgd, data, label, STEPS))
    write_parameters(name + ".classifier.parameters", net)


def variant(name, data, hidden, last, criterion, target, outputs, optimizer, before_step=None):
    """784-50-outputs with other layers, losses and optimizers."""
    u = Generator(4)
    net = nn.Sequential(linear(u, 784, 50), hidden, linear(u, 50, outputs), *last)
    losses = train(net, criterion, optimizer(net.parameters()), data, target, 20, before_step)
    write(name, losses)
    write_parameters(name + ".parameters", net)


def torch7_epsilon(step, group):
    """Torch7 adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t))."""
    group["eps"] = 1e-8 / math.sqrt(1 - group["betas"][1] ** (step + 1))


def decaying(step, group):
    group["lr"] = 0.5 / (1 + step * 0.02)


def variants(data):
    sgd, adam = torch.optim.SGD, torch.optim.Adam
    class_weights = torch.tensor([1 + k / 8 for k in range(10)])
    variant("nesterov", data, nn.ReLU(), [nn.ReLU()], nn.MSELoss(), image, 784,
            lambda p: sgd(p, lr=0.5, momentum=0.9, nesterov=True, weight_decay=1e-3))
    variant("dampening", data, nn.Tanh(), [], nn.MSELoss(), image, 784,
            lambda p: sgd(p, lr=0.5, momentum=0.9, dampening=0.5), decaying)
    variant("adam", data, nn.Sigmoid(), [nn.Sigmoid()], nn.BCELoss(), image, 784,
            lambda p: adam(p, lr=0.01), torch7_epsilon)
    variant("adam.decay", data, nn.ELU(), [nn.LeakyReLU(0.01)], nn.L1Loss(), image, 784,
            lambda p: adam(p, lr=0.002, betas=(0.8, 0.99), weight_decay=1e-3), torch7_epsilon)
    variant("entropy", data, nn.LeakyReLU(0.1), [], nn.CrossEntropyLoss(class_weights), label, 10,
            lambda p: sgd(p, lr=0.1))
    variant("softmax", data, nn.ELU(0.5), [nn.Softmax(1)], nn.MSELoss(reduction="sum"),
            lambda _, y: nn.functional.one_hot(y, 10).double(), 10, lambda p: sgd(p, lr=0.01))


end_to_end("formula", formula_data())
end_to_end("fashion", real_data(os.environ["AELUA_DATA"]))
variants(formula_data())

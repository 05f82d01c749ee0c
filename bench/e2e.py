#!/usr/bin/python3
"""experiments/e2e.lua in PyTorch, from the compressed files to the test accuracy.

    AELUA_DATA=.../fashion-mnist bench/e2e.py EPOCHS
"""
import gzip
import os
import resource
import sys

import torch
from torch import nn

epochs, folder = int(sys.argv[1]), os.environ["AELUA_DATA"]


def read(name, header):
    with gzip.open(f"{folder}/{name}.gz") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


x = read("train-images-idx3-ubyte", 16).view(-1, 784).float() / 255
y = read("train-labels-idx1-ubyte", 8).long()
test_x = read("t10k-images-idx3-ubyte", 16).view(-1, 784).float() / 255
test_y = read("t10k-labels-idx1-ubyte", 8).long()
torch.manual_seed(1)
encoder = []
for inputs, outputs in ((784, 100), (100, 100), (100, 100)):
    encoder += [nn.Linear(inputs, outputs), nn.ReLU()]


def train(net, criterion, rate, target):
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    for _ in range(epochs):
        order, total = torch.randperm(60000), 0.0
        for i in range(0, 60000, 1000):
            places = order[i:i + 1000]
            inputs = x[places]
            optimizer.zero_grad()
            loss = criterion(net(inputs), inputs if target is None else target[places])
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(total / 60)


train(nn.Sequential(*encoder, nn.Linear(100, 784), nn.ReLU()), nn.MSELoss(), 0.5, None)
classifier = nn.Sequential(*encoder, nn.Linear(100, 10), nn.LogSoftmax(1))
train(classifier, nn.NLLLoss(), 0.01, y)
with torch.no_grad():
    print("accuracy", (classifier(test_x).argmax(1) == test_y).float().mean().item())
print("KB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

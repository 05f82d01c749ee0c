#!/usr/bin/python3
"""The same as epoch.lua in PyTorch: epoch.py NETWORK BATCH EPOCHS HIDDEN THREADS

The pixels are floats in memory already and batches are views of them: PyTorch's best case.
"""
import gzip
import os
import sys
import time

import torch
from torch import nn

kind, batch, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
hidden, threads = int(sys.argv[4]), int(sys.argv[5])
torch.set_num_threads(threads)
torch.manual_seed(1)

folder = os.environ.get("AELUA_DATA")
if folder:
    pixels = gzip.open(folder + "/train-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(folder + "/train-labels-idx1-ubyte.gz").read()[8:]
    x = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(60000, 784).float() / 255
    y = torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()
else:
    x, y = torch.rand(60000, 784), torch.randint(10, (60000,))

sizes = {"e2e": [784, hidden, hidden, hidden, 784], "layerwise": [784, hidden, 784],
         "finetune": [784, hidden, hidden, hidden, 10]}[kind]
layers = []
for a, b in zip(sizes, sizes[1:]):
    layers += [nn.Linear(a, b), nn.ReLU()]
if kind == "finetune":
    layers[-1] = nn.LogSoftmax(1)
net = nn.Sequential(*layers)
criterion = nn.NLLLoss() if kind == "finetune" else nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01 if kind == "finetune" else 0.5, momentum=0.9)

for _ in range(epochs):
    start, total, n = time.time(), 0.0, 0
    for i in range(0, 60000, batch):
        inputs = x[i:i + batch]
        target = y[i:i + batch] if kind == "finetune" else inputs
        optimizer.zero_grad()
        loss = criterion(net(inputs), target)
        loss.backward()
        optimizer.step()
        total, n = total + loss.item(), n + 1
    print(f"{time.time() - start:.6f}\t{total / n:.9f}", flush=True)

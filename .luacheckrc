-- aelua's scripts are Lua 5.4; the program itself provides torch, and `require 'nn'` sets nn.
std = 'lua54'
max_line_length = false -- tools/style.lua measures all files alike
globals = {'torch', 'nn', 'optim', 'image', 'paths', 'xlua', 'sys', 'unsup'}

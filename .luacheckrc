-- aelua's scripts are Lua 5.4; the program itself provides torch, and `require 'nn'` sets nn.
std = 'lua54'
max_line_length = 100
globals = {'torch', 'nn', 'optim', 'image', 'paths'}

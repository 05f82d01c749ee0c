--- autoencoder.lua - a script as they were written for Torch7: whitened data, a sparse denoising
-- autoencoder, its curve and its filters as pictures.

local test = require 'harness'
require 'torch'
require 'nn'
require 'optim'
require 'image'
require 'unsup'
local gnuplot = require 'gnuplot'

test.case('a sparse denoising autoencoder', function()
  torch.manualSeed(7)
  local folder, d = test.folder(), 16
  local data = torch.rand(40, 4) * torch.rand(4, d)
  data:div(data:max())
  local encoder = nn.Sequential():add(nn.WhiteNoise(0, 0.05)):add(nn.Linear(d, 8))
  encoder:add(nn.ReLU(true)):add(nn.L1Penalty(1e-5))
  local decoder = nn.Sequential():add(nn.Linear(8, d)):add(nn.Sigmoid())
  local net = nn.Sequential():add(encoder):add(decoder)
  local criterion = nn.MSECriterion()
  local p, g = net:getParameters()
  local state, losses = {learningRate = 0.02}, {}
  net:training()
  for i = 1, 200 do
    local first = i % 2 == 0 and 1 or 21
    local batch = data[{ {first, first + 19} }]
    local _, f = optim.adam(function()
      g:zero()
      local loss = criterion:forward(net:forward(batch), batch)
      net:backward(batch, criterion:backward(net.output, batch))
      return loss, g
    end, p, state)
    losses[#losses + 1] = f[1]
  end
  test.check(losses[#losses] < 0.3 * losses[1])
  net:evaluate()
  test.equal(net:forward(data[1]), net:forward(data[1])) -- no noise

  local curve, filters = folder .. '/curve.svg', folder .. '/filters.png'
  gnuplot.svgfigure(curve)
  gnuplot.plot({'train', torch.range(1, #losses), torch.Tensor(losses), '-'})
  gnuplot.xlabel('step')
  gnuplot.ylabel('error')
  gnuplot.title('training')
  gnuplot.plotflush()
  local file = assert(io.open(curve))
  test.check(file:read('a'):find('training', 1, true))
  file:close()
  image.save(filters, image.toDisplayTensor {input = decoder:get(1).weight:t():contiguous()
    :view(8, 4, 4), nrow = 4, padding = 1, symmetric = true})
  test.equal(image.load(filters, 1):size():totable(), {1, 10, 20})
  test.equal(image.scale(image.load(filters, 3), 40, 20):size():totable(), {3, 20, 40})
end)

test.case('whitened data has the identity as its covariance', function()
  torch.manualSeed(8)
  local data = torch.randn(200, 5):double() * torch.randn(5, 5):double()
  local white = unsup.zca_whiten(data)
  white:add(-1, white:mean(1):expandAs(white))
  test.near(white:t() * white / (white:size(1) - 1), torch.eye(5):double(), 0.05)
end)

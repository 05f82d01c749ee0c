--- confusion.lua - optim.ConfusionMatrix: counts, shares, and how it is printed.

local test = require 'harness'
require 'optim'

local function sample()
  local c = optim.ConfusionMatrix {'cat', 'dog', 'person'}
  local pairs_ = {{1, 1}, {1, 1}, {2, 1}, {2, 2}, {3, 2}, {3, 3}}
  for _, pair in ipairs(pairs_) do c:add(pair[1], pair[2]) end
  return c
end

test.case('what scores, labels and one-hot targets count as', function()
  local c = optim.ConfusionMatrix(3)
  c:add(torch.Tensor {0.1, 0.7, 0.2}, 1)
  c:add(torch.Tensor {{0.1, 0.7, 0.2}}, torch.LongTensor {2})
  c:add(torch.Tensor {0.1, 0.2, 0.7}, torch.Tensor {0, 0, 1})
  c:add(3, 2)
  test.equal(c.mat, {{0.0, 1.0, 0.0}, {0.0, 1.0, 1.0}, {0.0, 0.0, 1.0}})
  c:zero()
  test.equal(c.mat:sum(), 0.0)
end)

test.case('batches', function()
  local c = optim.ConfusionMatrix(3)
  local scores = torch.Tensor {{9, 1, 2}, {0, 5, 1}, {0, 5, 1}, {7, 1, 8}}
  local want = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 1.0, 1.0}}
  local function check(predictions, targets)
    c:zero()
    c:batchAdd(predictions, targets)
    test.equal(c.mat, want)
  end
  check(scores, torch.LongTensor {1, 2, 3, 3})
  check(scores, torch.ByteTensor {{1}, {2}, {3}, {3}})
  check(scores, torch.Tensor {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 1}})
  check(torch.Tensor {1, 2, 2, 3}, torch.LongTensor {1, 2, 3, 3})
  check(scores:t():contiguous():t(), torch.Tensor {1, 2, 3, 3})
  c:zero()
  c:batchAdd(scores, torch.LongTensor {1, 0, -1, 3}) -- unknown classes do not count
  test.equal(c.mat:sum(), 2.0)
end)

test.case('shares', function()
  local c = sample()
  c:updateValids()
  test.near(c.valids, {2 / 3, 1 / 2, 1}, 1e-15)
  test.near(c.unionvalids, {2 / 3, 1 / 3, 1 / 2}, 1e-15)
  test.near({c.totalValid, c.averageValid, c.averageUnionValid},
    {4 / 6, (2 / 3 + 1 / 2 + 1) / 3, (2 / 3 + 1 / 3 + 1 / 2) / 3}, 1e-15)
end)

test.case('classes that do not occur are left out of the means', function()
  local c = optim.ConfusionMatrix(3)
  c:add(1, 1)
  c:add(3, 1)
  c:updateValids()
  test.near({c.averageValid, c.averageUnionValid, c.totalValid}, {0.5, 0.5, 0.5}, 1e-15)
  test.check(c.valids[2] ~= c.valids[2])
end)

test.case('sensitivity, specificity, correlation, rates of errors', function()
  local c = sample()
  test.near(c:sensitivity(), {{2 / 3, 1 / 2, 1}}, 1e-15)
  test.near(c:specificity(), {{1, 3 / 4, 4 / 5}}, 1e-15)
  local function mcc(tp, tn, fp, fn)
    return (tp * tn - fp * fn) / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
  end
  test.near(c:matthewsCorrelation(), {{mcc(2, 3, 0, 1), mcc(1, 3, 1, 1), mcc(1, 4, 1, 0)}}, 1e-15)
  local frr, far, presentFrr = c:farFrr()
  test.near(frr, {1 / 3, 1 / 2, 0}, 1e-15)
  test.near(far, {0, 1 / 6, 1 / 4}, 1e-15)
  test.near(presentFrr, frr, 0)
  local one = optim.ConfusionMatrix(2)
  one:add(1, 1)
  test.equal(one:matthewsCorrelation(), {{0.0, 0.0}})
  test.equal((one:farFrr()), {0.0, -1.0})
end)

test.case('printed as Torch prints it', function()
  test.equal(tostring(sample()), table.concat({
    'ConfusionMatrix:',
    '[[       2       1       0]   66.667% \t[class: cat]',
    ' [       0       1       1]   50.000% \t[class: dog]',
    ' [       0       0       1]]  100.000% \t[class: person]',
    ' + average row correct: 72.222222222222% ',
    ' + average rowUcol correct (VOC measure): 50% ',
    ' + global correct: 66.666666666667%'}, '\n'))
  local nameless = tostring(optim.ConfusionMatrix(2))
  test.check(nameless:find('\n[[       0       0]   nan% \n [       0       0]]  nan% \n', 1, true),
    nameless)
  test.check(nameless:find(' + global correct: nan%', 1, true), nameless)
end)

test.case('what cannot be', function()
  local c = sample()
  test.fails(function() c:add(4, 1) end, 'prediction is class 4', '1..3')
  test.fails(function() c:add(1, 1.5) end, 'target is class 1.5')
  test.fails(function() c:add(torch.Tensor(2):zero(), 1) end, 'prediction has 2 elements', 'want 3')
  test.fails(function() c:batchAdd(torch.Tensor(2, 4), torch.Tensor(2)) end, '2x4', '(B,3)')
  test.fails(function() c:batchAdd(torch.ones(2), torch.ones(3)) end, '2 predictions', '3 targets')
  local before = c.mat:clone()
  test.fails(function() c:batchAdd(torch.Tensor {1, 2, 4}, torch.Tensor {1, 2, 3}) end,
    'confusion.lua', 'prediction is class 4')
  test.equal(c.mat, before)
  test.fails(function() optim.ConfusionMatrix() end, 'number of classes')
  test.equal(torch.type(c), 'optim.ConfusionMatrix')
end)

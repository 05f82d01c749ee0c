-- A NaN in a loss's input or target is not lost: the loss is NaN, or it is an error.
local test = require 'harness'
local nn = require 'nn'

local function matrix() return torch.rand(3, 4):mul(0.9):add(0.05) end
local labels = torch.LongTensor {1, 4, 2}
local signs = torch.Tensor {1, -1, 1}

-- Each loss with an input and a target, whose numbers are to be made NaN one after the other.
local cases = {
  {'AbsCriterion', matrix(), matrix()},
  {'BCECriterion', matrix(), matrix():ge(0.5):float()},
  {'ClassNLLCriterion', matrix():log(), labels},
  {'CosineEmbeddingCriterion', {matrix(), matrix()}, signs},
  {'CrossEntropyCriterion', matrix(), labels},
  {'DistKLDivCriterion', matrix():log(), matrix()},
  {'HingeEmbeddingCriterion', torch.rand(3), signs},
  {'L1HingeEmbeddingCriterion', {torch.rand(4), torch.rand(4)}, torch.Tensor {1}},
  {'L1HingeEmbeddingCriterion', {torch.rand(4), torch.rand(4)}, torch.Tensor {-1}},
  {'MSECriterion', matrix(), matrix()},
  {'MarginCriterion', torch.rand(3), signs},
  {'MarginRankingCriterion', {torch.rand(3), torch.rand(3)}, signs},
  {'MultiLabelMarginCriterion', matrix(), torch.Tensor {{1, 3, 0, 0}, {2, 0, 0, 0}, {4, 3, 2, 0}}},
  {'MultiLabelSoftMarginCriterion', matrix(), matrix():ge(0.5):float()},
  {'MultiMarginCriterion', matrix(), labels},
  {'SmoothL1Criterion', matrix(), matrix()},
  {'SoftMarginCriterion', torch.rand(3), signs},
  {'WeightedMSECriterion', matrix(), matrix(), matrix()},
}

-- What the loss does not read: a score that is not the label's, a list of labels after its end.
local unread = {
  ClassNLLCriterion = function(_, place)
    return (place - 1) % 4 + 1 ~= labels[(place - 1) // 4 + 1]
  end,
  MultiLabelMarginCriterion = function(what, place, before)
    return what == 'target' and before == 0 and place ~= 3 and place ~= 6 and place ~= 12
  end,
}

-- Calls visit(flat view) for each real tensor of the value.
local function eachTensor(value, visit)
  if type(value) == 'table' then
    for _, part in ipairs(value) do eachTensor(part, visit) end
  elseif value:type() == 'torch.FloatTensor' then
    visit(value:view(-1))
  end
end

local function isLost(criterion, input, target)
  local ok, loss = pcall(criterion.forward, criterion, input, target)
  return ok and loss == loss
end

for i, case in ipairs(cases) do
  local name, input, target, weights = table.unpack(case)
  test.case(('%s (%d) loses no NaN'):format(name, i), function()
    local criterion = nn[name](weights)
    local loss = criterion:forward(input, target)
    test.check(loss == loss)
    for what, value in pairs {input = input, target = target} do
      eachTensor(value, function(flat)
        for place = 1, flat:size(1) do
          local before = flat[place]
          flat[place] = 0 / 0
          local lost = isLost(criterion, input, target)
          flat[place] = before
          local skipped = unread[name] and unread[name](what, place, before)
          test.check(skipped or not lost, what .. ', ' .. place)
        end
      end)
    end
  end)
end

test.case('every loss of the library is here', function()
  local there = {}
  for _, case in ipairs(cases) do there[case[1]] = true end
  for name in pairs(nn) do
    local other = name == 'Criterion' or name == 'MultiCriterion' or name == 'ParallelCriterion'
    if name:find 'Criterion$' and not other then test.check(there[name], name) end
  end
end)

test.case('weights that are no numbers are refused where they are given', function()
  for name, option in pairs {ClassNLLCriterion = 'weights', CrossEntropyCriterion = 'weights',
      MultiMarginCriterion = 'weights', BCECriterion = 'weights', WeightedMSECriterion = 'weight',
      MultiLabelSoftMarginCriterion = 'weights'} do
    for _, value in ipairs {0 / 0, math.huge, -math.huge} do
      for _, class in ipairs {torch.FloatTensor, torch.DoubleTensor} do
        test.fails(function() nn[name] {[option] = class {{1, 2}, {value, 3}}} end,
          ('nn.%s: %s: element 3 of 2x2 is NaN or infinite'):format(name, option))
      end
    end
    local criterion = nn[name] {[option] = torch.ones(3)}
    test.fails(function() criterion[option] = torch.FloatTensor {0 / 0} end, 'element 1 of 1')
  end
end)

--- Looking at a trained classifier: accuracy, confusion matrix, the most confident mistakes.

local torch = require 'torch'
local image = require 'image'
local anomaly, evaluating = require 'anomaly', require 'aelua.lua.evaluating'

local testing = {}

local KEPT = 20 -- mistakes

-- Mistakes of one batch: {place=, class=, said=, confidence=}.
local function collect(list, output, y, first)
  local scores, said = output:max(2)
  local wrong = said:view(-1):ne(y)
  local places = wrong:nonzero()
  if places:dim() == 0 then return end
  for i = 1, places:size(1) do
    local k = places[i][1]
    list[#list + 1] = {place = first + k - 1, class = y[k], said = said[k][1],
                       confidence = math.exp(scores[k][1])}
  end
end

-- A NaN compares with nothing: no class could be said. Infinite log-probabilities are in order.
local function checkScores(net, x, output)
  if output:ne(output):sum() == 0 then return end
  error(('test: a score is nan; first seen in %s'):format((anomaly.find(net, {input = x}))), 0)
end

--- Runs a classifier over a part of a data set. Raises for a score that is NaN.
-- @param net module with log-probabilities as output
-- @param part what data.load gives as test
-- @param classes how many
-- @param[opt=1000] batch
-- @return {accuracy=, confusion = list of lists (row: true class), mistakes = list, most confident
--   first, of {place=, class=, said=, confidence=}}
function testing.classify(net, part, classes, batch)
  local counts = torch.zeros(classes, classes)
  local mistakes, right = {}, 0
  local was <close> = evaluating(net) -- luacheck: ignore
  for x, y, first in part:batches(batch or 1000) do
    local output = net:forward(x)
    checkScores(net, x, output)
    local _, said = output:max(2)
    said = said:view(-1)
    -- one-hot rows of the labels times one-hot rows of the answers count the pairs
    local truth = torch.zeros(x:size(1), classes):scatter(2, y:view(-1, 1), 1)
    local answer = torch.zeros(x:size(1), classes):scatter(2, said:view(-1, 1), 1)
    counts:addmm(truth:t(), answer)
    right = right + said:eq(y):sum()
    collect(mistakes, output, y, first)
  end
  table.sort(mistakes, function(a, b)
    if a.confidence ~= b.confidence then return a.confidence > b.confidence end
    return a.place < b.place
  end)
  return {accuracy = right / part.n, confusion = counts:totable(),
          mistakes = table.move(mistakes, 1, math.min(#mistakes, KEPT), 1, {})}
end

--- The mistakes as one picture, and in words.
-- @param part the part that was tested
-- @param mistakes as classify gives them
-- @param classes names
-- @return (H,W), text
function testing.pictures(part, mistakes, classes)
  local places, words = torch.LongTensor(#mistakes), {}
  for i, m in ipairs(mistakes) do
    places[i] = m.place
    words[i] = ('%s said %s (%.0f %%)'):format(classes[m.class], classes[m.said],
      100 * m.confidence)
  end
  local pictures = part.images:index(1, places):type(torch.getdefaulttensortype())
  if part.images:type() == 'torch.ByteTensor' then pictures:div(255) end
  if pictures:dim() == 4 then pictures = pictures:mean(2):select(2, 1) end -- colours as grey
  return image.tile(pictures, {columns = 10, padding = 2, zoom = 2}), table.concat(words, '; ')
end

return testing

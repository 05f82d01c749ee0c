--- Torch's optim.ConfusionMatrix: how often which class was taken for which.
--
--     local confusion = optim.ConfusionMatrix {'cat', 'dog'}
--     confusion:batchAdd(net:forward(x), y)     -- scores (B,C) and labels (B)
--     print(confusion)
--     confusion:zero()
--
-- mat[t][p] counts the samples of class t that were said to be of class p. Labels start at 1; one
-- of 0 or below means that the class is unknown, and the sample does not count.

local torch = require 'torch'
local classes = require 'aelua.lua.classes'

local Confusion = classes.define('optim.ConfusionMatrix')

--- @param nclasses how many, or the list of their names
-- @param[opt] names list
function Confusion:__init(nclasses, names)
  if type(nclasses) == 'table' then nclasses, names = #nclasses, nclasses end
  if math.type(nclasses) ~= 'integer' or nclasses < 1 then
    error('optim.ConfusionMatrix: the number of classes or a list of names expected', 3)
  end
  self.nclasses, self.classes = nclasses, names or {}
  self.mat = torch.DoubleTensor(nclasses, nclasses)
  self.valids = torch.DoubleTensor(nclasses)
  self.unionvalids = torch.DoubleTensor(nclasses)
  self:zero()
end

--- Forgets all counts.
function Confusion:zero()
  self.mat:zero()
  self.valids:zero()
  self.unionvalids:zero()
  self.totalValid, self.averageValid, self.averageUnionValid = 0, 0, 0
end

-- ---- counting ----

-- Counts samples of the classes t[i] that are said to be of the classes p[i]: all, or none when one
-- of these is no class.
function Confusion:__count(p, t)
  local counts, n = self.mat:view(-1), self.nclasses
  for i = 1, #p do
    for what, class in pairs {prediction = p[i], target = t[i]} do
      if t[i] > 0 and (class > n or class < 1 or class % 1 ~= 0) then
        error(('optim.ConfusionMatrix: the %s is class %g, should be 1..%d'):format(what, class, n),
          3)
      end
    end
  end
  for i = 1, #p do
    local place = (t[i] - 1) * n + p[i]
    if t[i] > 0 then counts[place] = counts[place] + 1 end
  end
end

-- The number of the class that a value tells: itself, or the place of the largest score.
function Confusion:__class(value, what)
  if type(value) == 'number' then return value end
  local n = value:nElement()
  if n == 1 and self.nclasses > 1 then return value:contiguous():view(1)[1] end
  if n ~= self.nclasses then
    error(('optim.ConfusionMatrix:add: the %s has %d elements, want %d, one for each class')
      :format(what, n, self.nclasses), 3)
  end
  local _, place = value:contiguous():view(n):max(1)
  return place[1]
end

--- Counts a sample.
-- @param prediction the class, or a score for each
-- @param target the class, or a score for each: one is 1, the others 0
function Confusion:add(prediction, target)
  self:__count({self:__class(prediction, 'prediction')}, {self:__class(target, 'target')})
end

-- The classes of a batch as a list: a tensor (B) or (B,1) of classes, or (B,C) of scores.
function Confusion:__batch(values, what)
  if values:dim() == 2 and values:size(2) == self.nclasses and self.nclasses > 1 then
    local _, place = values:max(2)
    return place:view(-1):totable()
  end
  if values:dim() == 1 or values:dim() == 2 and values:size(2) == 1 then
    return values:contiguous():view(-1):totable()
  end
  error(('optim.ConfusionMatrix:batchAdd: %s are %s, want (B) classes or (B,%d) scores'):format(
    what, table.concat(values:size():totable(), 'x'), self.nclasses), 3)
end

--- Counts a batch; or fails and counts none of it.
-- @param predictions (B,C) scores, or (B) classes
-- @param targets (B) classes, or (B,C)
function Confusion:batchAdd(predictions, targets)
  local p, t = self:__batch(predictions, 'predictions'), self:__batch(targets, 'targets')
  if #p ~= #t then
    error(('optim.ConfusionMatrix:batchAdd: %d predictions and %d targets'):format(#p, #t), 2)
  end
  self:__count(p, t)
end

-- ---- shares ----

-- The diagonal of a square matrix.
local function diagonal(matrix)
  local n = matrix:size(1)
  local places = torch.LongTensor(n, 1)
  for i = 1, n do places[i][1] = i end
  return matrix:gather(2, places):view(n)
end

-- Mean of the values that are numbers.
local function meanOf(values)
  local sum, n = 0, 0
  for _, v in ipairs(values) do
    if v == v then sum, n = sum + v, n + 1 end
  end
  return sum / n
end

--- Works out, from the counts so far: valids, for each class the share of its samples that was
-- told rightly; unionvalids, that of those that are of the class or were said to be; averageValid
-- and averageUnionValid, their means over the classes that occur; totalValid, the share of all.
function Confusion:updateValids()
  local n = self.nclasses
  local right = diagonal(self.mat)
  local rows, columns = self.mat:sum(2):view(n), self.mat:sum(1):view(n)
  self.valids:cdiv(right, rows)
  self.unionvalids:cdiv(right, rows + columns - right)
  self.averageValid = meanOf(self.valids:totable())
  local unions = {}
  for i = 1, n do unions[i] = rows[i] > 0 and self.unionvalids[i] or 0 / 0 end
  self.averageUnionValid = meanOf(unions)
  self.totalValid = right:sum() / self.mat:sum()
end

-- True and false positives and negatives of each class, (C) each.
function Confusion:__outcomes()
  local n = self.nclasses
  local tp = diagonal(self.mat)
  local fn = self.mat:sum(2):view(n) - tp
  local fp = self.mat:sum(1):view(n) - tp
  local tn = (tp + fn + fp):mul(-1):add(self.mat:sum())
  return tp, tn, fp, fn
end

--- For each class the share of its samples that was found: TP / (TP + FN), (1,C).
function Confusion:sensitivity()
  local tp, _, _, fn = self:__outcomes()
  return torch.cdiv(tp, tp + fn):view(1, -1)
end

--- For each class the share of the other samples that was kept out: TN / (TN + FP), (1,C).
function Confusion:specificity()
  local _, tn, fp = self:__outcomes()
  return torch.cdiv(tn, tn + fp):view(1, -1)
end

--- Matthews' correlation of each class, (1,C); 0 where it is not defined.
function Confusion:matthewsCorrelation()
  local tp, tn, fp, fn = self:__outcomes()
  local numerator = torch.cmul(tp, tn) - torch.cmul(fp, fn)
  local denominator = torch.cmul(tp + fp, tp + fn):cmul(tn + fp):cmul(tn + fn):sqrt()
  local undefined = denominator:eq(0)
  local mcc = numerator:cdiv(denominator)
  mcc:maskedFill(undefined, 0)
  return mcc:view(1, -1)
end

--- Rates of false rejection and false acceptance.
-- @return frr and far of each class (C), -1 for those that do not occur; then the same for those
--   that occur alone
function Confusion:farFrr()
  local n, rows = self.nclasses, self.mat:sum(2):view(self.nclasses)
  local frr, far = torch.DoubleTensor(n):fill(-1), torch.DoubleTensor(n):fill(-1)
  local present = {}
  for i = 1, n do
    if rows[i] > 0 then present[#present + 1] = i end
  end
  for _, i in ipairs(present) do
    local wrong = 0
    for _, j in ipairs(present) do
      if j ~= i then wrong = wrong + self.mat[j][i] / rows[j] end
    end
    frr[i] = 1 - self.mat[i][i] / rows[i]
    far[i] = wrong / (#present - 1)
  end
  local places = torch.LongTensor(present)
  return frr, far, frr:index(1, places), far:index(1, places)
end

-- ---- as text ----

-- Numbers as Torch prints them: 100, 33.333333333333, nan.
local function number(v) return v == v and ('%.14g'):format(v) or 'nan' end

function Confusion:__tostring()
  self:updateValids()
  local lines, n = {'ConfusionMatrix:'}, self.nclasses
  for t = 1, n do
    local counts, share = {}, self.valids[t] * 100
    for p = 1, n do counts[p] = ('%8d'):format(math.floor(self.mat[t][p])) end
    lines[#lines + 1] = ('%s[%s]%s  %s%% %s'):format(t == 1 and '[' or ' ', table.concat(counts),
      t == n and ']' or ' ', share == share and ('%2.3f'):format(share) or 'nan',
      self.classes[1] and ('\t[class: %s]'):format(self.classes[t] or '') or '')
  end
  lines[#lines + 1] = ' + average row correct: ' .. number(self.averageValid * 100) .. '% '
  lines[#lines + 1] = ' + average rowUcol correct (VOC measure): '
    .. number(self.averageUnionValid * 100) .. '% '
  lines[#lines + 1] = ' + global correct: ' .. number(self.totalValid * 100) .. '%'
  return table.concat(lines, '\n')
end

return Confusion

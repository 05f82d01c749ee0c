-- Joining, indexing and masks; index tensors count from 1.
local test = require 'harness'

test.case('cat', function()
  local a, b = torch.Tensor{{1, 2}}, torch.Tensor{{3, 4}, {5, 6}}
  test.equal(torch.cat(a, b, 1), {{1, 2}, {3, 4}, {5, 6}})
  test.equal(torch.cat({a, b, a}, 1), {{1, 2}, {3, 4}, {5, 6}, {1, 2}})
  test.equal(torch.cat(a, a), {{1, 2, 1, 2}}, 'the last dimension')
  test.equal(torch.cat({torch.Tensor{1}, torch.Tensor(), torch.Tensor{2}}), {1, 2})
  local res = torch.Tensor()
  test.check(rawequal(torch.cat(res, a, b, 1), res))
  test.check(rawequal(torch.cat(res, {b, b}, 2), res))
  test.equal(res, {{3, 4, 3, 4}, {5, 6, 5, 6}})
  test.equal(a:cat(b, 1):size(1), 3)
  test.fails(function() torch.cat(a, b, 2) end, 'cat: tensor 2 is 2x2')
  test.fails(function() torch.cat{} end, 'empty')
  test.fails(function() torch.cat{a, 1} end, 'tensors')
  test.fails(function() torch.cat(a, torch.DoubleTensor(1, 2)) end, 'Float', 'Double')
end)

test.case('repeatTensor', function()
  local x = torch.Tensor{1, 2}
  test.equal(x:repeatTensor(2), {1, 2, 1, 2})
  test.equal(torch.repeatTensor(x, 2, 2), {{1, 2, 1, 2}, {1, 2, 1, 2}})
  test.equal(torch.repeatTensor(torch.Tensor(), x, torch.LongStorage{3, 1})[3], {1, 2})
end)

test.case('index', function()
  local x = torch.Tensor{{1, 2, 3}, {4, 5, 6}}
  local places = torch.LongTensor{3, 1, 3}
  test.equal(x:index(2, places), {{3, 1, 3}, {6, 4, 6}})
  test.equal(places, torch.LongTensor{3, 1, 3}, 'the indices are untouched')
  test.equal(x:index(1, torch.Tensor{2}), {{4, 5, 6}}, 'indices of another type')
  local res = torch.Tensor()
  test.check(rawequal(res:index(x, 1, torch.LongTensor{2, 2}), res))
  test.equal(res, {{4, 5, 6}, {4, 5, 6}})
  test.fails(function() x:index(1, torch.LongTensor{3}) end, 'index', '3', '1..2')
  test.fails(function() x:index(1, torch.LongTensor{0}) end, 'index', '0', '1..2')
  test.fails(function() x:index(1, 2) end, 'tensor expected, got number')
end)

test.case('indexCopy, indexAdd, indexFill', function()
  local x, places = torch.zeros(2, 3), torch.LongTensor{3, 1}
  test.check(rawequal(x:indexCopy(2, places, torch.Tensor{{1, 2}, {3, 4}}), x))
  test.equal(x, {{2, 0, 1}, {4, 0, 3}})
  x:indexAdd(1, torch.LongTensor{1, 1}, torch.ones(2, 3))
  test.equal(x, {{4, 2, 3}, {4, 0, 3}})
  x:indexFill(2, torch.LongTensor{2}, 9)
  test.equal(x, {{4, 9, 3}, {4, 9, 3}})
  test.fails(function() x:indexFill(2, torch.LongTensor{4}, 0) end, '4', '1..3')
end)

test.case('gather and scatter', function()
  local x = torch.Tensor{{1, 2, 3}, {4, 5, 6}}
  local places = torch.LongTensor{{3, 1}, {2, 2}}
  test.equal(x:gather(2, places), {{3, 1}, {5, 5}})
  test.equal(torch.gather(torch.Tensor(), x, 1, torch.LongTensor{{2, 1, 2}}), {{4, 2, 6}})
  local y = torch.zeros(2, 3)
  test.check(rawequal(y:scatter(2, places, torch.Tensor{{7, 8}, {9, 9}}), y))
  test.equal(y, {{8, 0, 7}, {0, 9, 0}})
  test.equal(y:scatter(1, torch.LongTensor{{2, 2, 2}}, 1), {{8, 0, 7}, {1, 1, 1}})
  test.fails(function() return x:gather(2, torch.LongTensor{{4}, {1}}) end, '4', '1..3')
end)

test.case('masks', function()
  local x = torch.Tensor{{1, 2}, {3, 4}}
  local mask = torch.ByteTensor{{1, 0}, {0, 1}}
  test.equal(x:maskedSelect(mask), {1, 4})
  test.equal(torch.maskedSelect(torch.Tensor(), x, mask), {1, 4})
  test.check(rawequal(x:maskedFill(mask, 0), x))
  test.equal(x, {{0, 2}, {3, 0}})
  test.equal(x:maskedCopy(mask, torch.Tensor{8, 9}), {{8, 2}, {3, 9}})
  test.fails(function() x:maskedFill(torch.Tensor(2, 2), 0) end, 'Byte')
end)

test.case('nonzero', function()
  local x = torch.Tensor{{0, 5}, {7, 0}, {0, 1}}
  test.equal(x:nonzero(), torch.LongTensor{{1, 2}, {2, 1}, {3, 2}})
  test.equal(torch.nonzero(x:view(-1)), torch.LongTensor{{2}, {3}, {6}})
  test.equal(x:zero():nonzero():nElement(), 0)
  local y = torch.LongTensor{1, 0, 2, 3, 4, 5} -- its own result, of another rank
  test.equal(torch.nonzero(y, y), torch.LongTensor{{1}, {3}, {4}, {5}, {6}})
end)

test.case('cat wants tensors, and the first of the highest rank decides', function()
  test.fails(function() torch.cat(1, torch.ones(2)) end, '#1', 'one list of tensors expected')
  test.fails(function() torch.cat({1, torch.ones(2)}) end, '#1', 'one list of tensors expected')
  test.fails(function() torch.cat(torch.ones(2), 3) end, '#2', 'one list of tensors expected')
  test.equal(torch.cat({torch.Tensor(), torch.ones(2)}), {1, 1})
end)

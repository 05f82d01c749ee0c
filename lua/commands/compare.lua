--- compare RUN...     what differs between runs and in what they ended, as tables, page and plot
local options, system = require 'options', require 'aelua.system'
local comparison, overlay = require 'comparison', require 'overlay'
local plain = require 'columns'.plain

local help = [[
Runs side by side: the settings that differ, the last loss of each stage, accuracy, epochs, time.
Runs that differ by their seed alone also get a row of mean and spread.

aelua compare RUN... [--NAME VALUE ...]

  RUN              a run folder, or a folder of aelua sweep: all its runs
  --metric NAME    column of metrics.csv to show instead of the loss
  --stage NAME     the only stage to look at
  --out FOLDER     also write compare.csv, compare.html and compare.png there]]

local function fail(message) options.fail('compare', message) end

-- Splits the arguments: folders come first, options begin with --.
local function split(args)
  local folders, words, i = {}, {}, 1
  while i <= #args do
    if args[i]:find('^%-') then
      words[#words + 1] = args[i]
      if not args[i]:find('=', 1, true) and args[i + 1] then
        i = i + 1
        words[#words + 1] = args[i]
      end
    else
      folders[#folders + 1] = args[i]
    end
    i = i + 1
  end
  return folders, words
end

-- The runs in the folders; what is none is said, and the others are still compared.
local function readAll(folders)
  local runs, ok = {}, true
  local function lacking(message)
    io.stderr:write('compare: ', plain(message), '\n')
    ok = false
  end
  for _, folder in ipairs(folders) do
    local paths = comparison.runsOfSweep(folder) or {folder}
    if #paths == 0 then lacking(folder .. ' is a sweep without any run') end
    for _, path in ipairs(paths) do
      local run, message = comparison.read(path)
      if run then runs[#runs + 1] = run else lacking(message) end
    end
  end
  return runs, ok
end

local function asked(args, word)
  for _, a in ipairs(args) do if a == word then return true end end
end

if #arg == 0 or asked(arg, '--help') or asked(arg, '-h') then
  print(help)
  os.exit(#arg > 0, true)
end

local folders, words = split(arg)
local opt, message = options.read({{'metric', 'loss'}, {'stage', ''}, {'out', ''}}, words)
if not opt then fail(message) end
if #folders == 0 then fail('no run folder given') end

local runs, ok = readAll(folders)
if #runs == 0 then os.exit(1, true) end
local stage = opt.stage ~= '' and opt.stage or nil
local result, why = comparison.of(runs, {metric = opt.metric, stage = stage})
if not result then fail(why) end
print(comparison.text(result))

if opt.out ~= '' then
  local written, problem = system.mkdir(opt.out)
  if written then written, problem = overlay.write(result, opt.out) end
  if not written then fail(problem) end
  print(('\nwritten to %s: %s'):format(plain(opt.out), written))
end
os.exit(ok, true)

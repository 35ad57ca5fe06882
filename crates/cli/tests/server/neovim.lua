-- A session in a real editor: a finding is shown, saving fixes it, and a change of the settings is seen.
-- Prints one line for each step; the last one is "done".

local function say(...)
  io.stdout:write(table.concat(vim.tbl_map(tostring, { ... }), " "), "\n")
  io.stdout:flush()
end

local function codes()
  local found = {}
  for _, it in ipairs(vim.diagnostic.get(0)) do
    table.insert(found, it.lnum .. ":" .. tostring(it.code or (it.user_data and it.user_data.lsp.code)))
  end
  table.sort(found)
  return table.concat(found, ",")
end

local function wait_for(expected)
  if not vim.wait(20000, function() return codes() == expected end, 20) then
    say("waited for", expected, "in vain, there is", codes())
    vim.cmd("cquit")
  end
  say("shown", expected)
end

vim.o.swapfile = false
vim.cmd("filetype on")
dofile("editor.lua")
vim.cmd("edit a.nix")
wait_for("1:unused-let,5:missing-import")
-- Not saved, and counted.
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "# é𐐀" })
wait_for("2:unused-let,6:missing-import")
vim.cmd("write")
say("saved", vim.fn.json_encode(vim.fn.readfile("a.nix")))
wait_for("5:missing-import")
vim.fn.writefile({ "[levels]", 'missing-import = "off"' }, "nivis.toml")
wait_for("")
vim.fn.writefile({ "[levels]", 'missing-import = "error"' }, "nivis.toml")
wait_for("5:missing-import")
say("done")
vim.cmd("qall!")

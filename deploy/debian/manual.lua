-- Tables do not fit on a manual page: each row becomes an entry, its first cell what the entry is about.
function Table(element)
  local rows = pandoc.utils.to_simple_table(element).rows
  local entries = {}
  for _, row in ipairs(rows) do
    local about = row[1][1] and row[1][1].content or {}
    local blocks = {}
    for i = 2, #row do
      if #row[i] > 0 then
        blocks[#blocks + 1] = pandoc.Para(row[i][1].content)
      end
    end
    entries[#entries + 1] = { about, { blocks } }
  end
  return pandoc.DefinitionList(entries)
end

-- " (did you mean 'x'?)" for a name that nearly is one of the table's, or "".
return function(word, set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  local near = type(word) == "string" and nearest(word, names)
  return near and " (did you mean '" .. near .. "'?)" or ""
end

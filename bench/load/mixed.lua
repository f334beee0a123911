local turn = 0
request = function()
  turn = turn + 1
  if turn % 10 == 0 then return wrk.format("PATCH", "/tasks/" .. math.random(100)) end
  return wrk.format("GET", "/tasks")
end

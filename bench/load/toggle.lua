request = function()
  return wrk.format("PATCH", "/tasks/" .. math.random(100))
end

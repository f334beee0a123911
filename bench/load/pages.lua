local most = tonumber(os.getenv("TASKS")) - 100
request = function()
  return wrk.format("GET", "/tasks?limit=100&after=" .. math.random(0, most))
end

-- Each run begins where the one before ended: FIRST says where.
local id = tonumber(os.getenv("FIRST"))
request = function()
  id = id + 1
  return wrk.format("DELETE", "/tasks/" .. id)
end

wrk.method = "POST"
wrk.body = '{"title":"Task number 1 of many"}'
wrk.headers["Content-Type"] = "application/json"

-- The script for wrk: sends the requests of a file one after the other, and prints the result as one line of JSON.
-- Arguments: the file, the method, the expected status, and the token if there is one. A line of the file is
-- path TAB body, which may be empty, and then a TAB and `name: value` for each header.

local requests, position = {}, 0
unexpected = 0

function setup(thread)
  loader = thread
end

function init(args)
  local file, method, expected, token = args[1], args[2], tonumber(args[3]), args[4]
  for line in io.lines(file) do
    local path, body, rest = line:match("^([^\t]*)\t([^\t]*)(.*)$")
    local headers = {}
    for name, value in pairs(wrk.headers) do headers[name] = value end
    if token then headers["Authorization"] = "Bearer " .. token end
    for name, value in rest:gmatch("\t([^:]*): ([^\t]*)") do headers[name] = value end
    if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  -- wrk itself counts every status from 400 on; asking for each one as well slows it down.
  if expected ~= 200 then
    response = function(status)
      if status ~= expected then unexpected = unexpected + 1 end
    end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"wrongStatuses":%d,"brokenConnections":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + loader:get("unexpected"),
    errors.connect + errors.read + errors.write + errors.timeout))
end

-- Feedback, no two alike, on one routing after the other in a random order.
-- Arguments: how many in a request (as an array or a batch), the form, the file of routing IDs, where to start.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    size, form, start = tonumber(args[1]), args[2], tonumber(args[4])
    ids = {}
    for line in io.lines(args[3]) do
        ids[#ids + 1] = line
    end
    -- Threads walk half the list apart, so that two never speak about the same routing at once.
    at = (start + number * math.floor(#ids / 2)) % #ids
    said = 0
    wrk.headers["Content-Type"] = "application/json"
end

local function feedback()
    at = at % #ids + 1
    said = said + 1
    return string.format(
        '{"RoutingId":"%s","ReasonId":%d,"Comment":"Call %d-%d-%d: asked for an offer."}',
        ids[at], said % 7 + 1, start, number, said
    )
end

local function part(id)
    return string.format(
        '{"id":"%d","atomicityGroup":"all","method":"POST","url":"Feedbacks",'
            .. '"headers":{"content-type":"application/json"},"body":%s}',
        id, feedback()
    )
end

function request()
    if form == "one" then
        return wrk.format("POST", nil, nil, feedback())
    end
    local parts = {}
    for id = 1, size do
        parts[id] = form == "batch" and part(id) or feedback()
    end
    local body = table.concat(parts, ",")
    return wrk.format("POST", nil, nil, form == "batch" and '{"requests":[' .. body .. "]}" or "[" .. body .. "]")
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "seconds": %f, "failed": %d}\n', summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end

-- Leads, no two alike. Argument: a number that no other run has.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    run = tonumber(args[1])
    made = 0
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    made = made + 1
    return wrk.format("POST", nil, nil, string.format(
        '{"external_id":"%d-%d-%d","name":"נועה כהן","phone":"05%d-%07d","email":"lead%d.%d@example.com",'
            .. '"city":"חיפה","campaign":"Spring"}',
        run, number, made, number, made, number, made
    ))
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "seconds": %f, "failed": %d}\n', summary.requests, summary.duration / 1e6,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end

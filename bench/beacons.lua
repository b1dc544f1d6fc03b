-- Beacons as a shop's visitors would send them, through one trusted proxy: for wrk.
-- Same stream for every server measured; 4,000 networks, 300 pages, 40 browsers.
local site = os.getenv("BENCH_SITE") or "shop.example"
local path = os.getenv("BENCH_PATH") or "/t"
-- how the beacon begins: a peer has its own words for "a page view of this site"
local head = os.getenv("BENCH_HEAD") or ('"s":"' .. site .. '"')
math.randomseed(20261123)

local agents = {}
for version = 140, 159 do
  agents[#agents + 1] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" .. version .. ".0.0.0 Safari/537.36"
  agents[#agents + 1] = "Mozilla/5.0 (X11; Linux x86_64; rv:" .. version .. ".0) Gecko/20100101 Firefox/" .. version .. ".0"
end
local referrers = { "", "", "https://www.google.com/", "https://www.prisjakt.nu/", "https://duckduckgo.com/", "https://" .. site .. "/" }

local requests = {}
for i = 1, 5000 do
  local agent = agents[math.random(#agents)]
  local body = string.format(
    '{%s,"u":"https://%s/produkt/vara-%s%s","r":"%s"}',
    head, site, string.char(96 + math.random(26)), string.char(96 + math.random(12)), referrers[math.random(#referrers)])
  local network = math.random(0, 3999)
  requests[i] = wrk.format("POST", path, {
    ["User-Agent"] = agent,
    ["Accept-Language"] = "sv-SE,sv;q=0.9",
    ["Content-Type"] = "text/plain",
    ["Origin"] = "https://" .. site,
    ["Sec-Fetch-Site"] = "same-origin",
    ["Sec-Fetch-Mode"] = "cors",
    ["Sec-Fetch-Dest"] = "empty",
    ["X-Forwarded-For"] = string.format("198.%d.%d.%d", 18 + math.floor(network / 2000) % 2, network % 250, math.random(1, 254)),
  }, body)
end

local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  io.write(string.format("RESULT %d %d %d %.3f %.3f\n",
    summary.requests, summary.duration, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end

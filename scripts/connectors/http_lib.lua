local lc = require "lc"

-- What the HTTP connectors share: settings of the connection, authorization, and requests that are tried again.
local http = {}

http.settings = {
  ["http.allowed.hosts"] = lc.config.list {
    doc = "Further hosts, as host:port, that answers may redirect to. Those of URLs of the settings are allowed", default = {},
    importance = "low" },
  ["http.ssl.trust.all.certs"] = lc.config.boolean {
    doc = "Take any certificate of the server; for tests only", default = false, importance = "low" },
  ["http.ssl.truststore.location"] = lc.config.string {
    doc = "File of trusted certificates in PEM. Without it those of the system count", importance = "low" },
  ["http.ssl.truststore.password"] = lc.config.password {
    doc = "Has no effect: PEM files have no password", importance = "low" },
  ["oauth2.access.token.url"] = lc.config.string {
    doc = "URL that gives access tokens for client credentials", importance = "high" },
  ["oauth2.client.id"] = lc.config.string { doc = "Client id for the token", importance = "high" },
  ["oauth2.client.secret"] = lc.config.password { doc = "Secret for the token", importance = "high" },
  ["oauth2.client.scope"] = lc.config.string { doc = "Scope of the token", importance = "low" },
  ["oauth2.client.authorization.mode"] = lc.config.string {
    doc = "Where id and secret go: HEADER as basic authorization, URL as form fields", default = "HEADER",
    importance = "medium",
    validator = function(value)
      if value and not ({ header = true, url = true })[value:lower()] then return "There are HEADER and URL" end
    end },
  ["oauth2.grant.type"] = lc.config.string {
    doc = "Grant type that is asked for", default = "client_credentials", importance = "low" },
  ["oauth2.response.token.property"] = lc.config.string {
    doc = "Member of the answer that holds the token", default = "access_token", importance = "low" },
  hooks = lc.config.string {
    doc = "File of functions that change what the connector does: hooks/NAME.lua in a directory of plugin.path",
    importance = "low" },
}

-- The settings of a connector: those of all, and its own.
function http.with_settings(own)
  for name, definition in pairs(http.settings) do own[name] = own[name] or definition end
  return own
end

function http.url_validator(value)
  if value and not value:find("^https?://[^/]") then return "A URL begins with http:// or https:// and a host" end
end

-- "200..299, 404" and "200-299,404": a function that tells whether a status is among them.
function http.status_codes(text)
  local ranges = {}
  for part in (text or ""):gmatch("[^,%s]+") do
    local first, last = part:match("^(%d+)[.-]+(%d*)$")
    first = tonumber(first or part)
    if not first then lc.raise("ConfigException", "Invalid status codes: " .. part) end
    ranges[#ranges + 1] = { first, last == nil and first or tonumber(last) or 999 }
  end
  return function(status)
    for _, range in ipairs(ranges) do
      if status >= range[1] and status <= range[2] then return true end
    end
    return false
  end
end

-- "Name: value" texts as a table.
function http.headers(list)
  local headers = {}
  for _, text in ipairs(list) do
    local name, value = text:match("^%s*([^:]-)%s*:%s*(.-)%s*$")
    if name and name ~= "" then headers[name] = value end
  end
  return headers
end

local months = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

-- Milliseconds since 1970 of a date in UTC.
function http.utc(year, month, day, hour, minute, second)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5) + day - 1
  local days = era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
  return ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000
end

-- How long an answer asks to wait, in ms; nil when it doesn't.
function http.retry_after(answer)
  local text = answer.headers["retry-after"]
  if not text then return nil end
  if tonumber(text) then return math.max(tonumber(text), 0) * 1000 end
  local day, month, year, hour, minute, second = text:match("(%d+) (%a+) (%d+) (%d+):(%d+):(%d+)")
  if not months[month] then return nil end
  local at = http.utc(tonumber(year), months[month], tonumber(day), tonumber(hour), tonumber(minute), tonumber(second))
  return math.max(at - lc.time.now(), 0)
end

-- The beginning of an answer, for messages.
function http.shown(answer)
  local body = answer.body:sub(1, 200):gsub("%c+", " ")
  return "status " .. answer.status .. (body ~= "" and ": " .. body or "")
end

-- What can't be better the next time.
local lasting = { tls = true, redirect = true, size = true }
function http.is_lasting(problem) return lasting[problem.kind] or false end

local Client = {}
Client.__index = Client

local function truststore(config)
  local path = config["http.ssl.truststore.location"]
  if path and path:lower():find("%.jks$") or path and path:lower():find("%.p12$") then
    lc.raise("ConfigException", "http.ssl.truststore.location must be a PEM file. Convert the store with: "
      .. "keytool -exportcert -rfc -keystore FILE -alias ALIAS")
  end
  return path
end

-- options: timeout_ms, connect_ms, proxy, proxy_user, proxy_password; authorization (a header's text), user and
-- password, or oauth2 = true.
function http.client(capability, task, options)
  local config = task.config
  local client = setmetatable({ capability = capability, task = task, options = options, config = config }, Client)
  client.hooks = config.hooks and task:hooks(config.hooks) or {}
  client.common = {
    timeout_ms = options.timeout_ms, connect_ms = options.connect_ms, ca_file = truststore(config),
    insecure = config["http.ssl.trust.all.certs"], proxy = options.proxy, proxy_user = options.proxy_user,
    proxy_password = options.proxy_password,
  }
  if options.user then
    options.authorization = "Basic " .. lc.base64.encode(options.user .. ":" .. (options.password or ""))
  end
  return client
end

function Client:complete(request)
  for name, value in pairs(self.common) do
    if request[name] == nil then request[name] = value end
  end
  return request
end

local function token_request(config)
  local fields = { grant_type = config["oauth2.grant.type"], scope = config["oauth2.client.scope"] }
  local headers = { ["Content-Type"] = "application/x-www-form-urlencoded", Accept = "application/json" }
  local id, secret = config["oauth2.client.id"] or "", config["oauth2.client.secret"] or ""
  if config["oauth2.client.authorization.mode"]:lower() == "header" then
    headers.Authorization = "Basic " .. lc.base64.encode(id .. ":" .. secret)
  else
    fields.client_id, fields.client_secret = id, secret
  end
  return { method = "POST", url = config["oauth2.access.token.url"], headers = headers, body = lc.url.query(fields) }
end

-- The token, or nil, the answer and the problem.
function Client:token()
  local now = lc.time.now()
  if self.access and now < self.access_until then return self.access end
  local answer, problem = self.capability:request(self:complete(token_request(self.config)))
  if not answer or answer.status >= 300 then return nil, answer, problem end
  local content = lc.json.decode(answer.body)
  local property = self.config["oauth2.response.token.property"]
  local access = type(content) == "table" and content[property]
  if type(access) ~= "string" then
    lc.raise("ConnectException", "The answer of oauth2.access.token.url has no " .. property)
  end
  local seconds = tonumber(content.expires_in) or 300
  self.access, self.access_until = access, now + math.max(seconds - math.min(30, seconds / 10), 1) * 1000
  return access
end

-- Gives a request its authorization: true, or nil, the answer of the token's URL and the problem.
function Client:authorize(request)
  request.headers = request.headers or {}
  if self.options.oauth2 then
    local token, answer, problem = self:token()
    if not token then
      if answer and answer.status < 500 and answer.status ~= 429 then
        lc.raise("ConnectException", "No access token from oauth2.access.token.url: " .. http.shown(answer))
      end
      return nil, answer, problem
    end
    request.headers.Authorization = "Bearer " .. token
  elseif self.options.authorization then
    request.headers.Authorization = self.options.authorization
  end
  if self.hooks.auth then self.hooks.auth(request, self.config) end
  return true
end

-- Several requests at once: answers and problems by place. A token that was refused is fetched anew once.
function Client:send(requests)
  local answers, problems = {}, {}
  for attempt = 1, 2 do
    for _, request in ipairs(requests) do
      local ok, answer, problem = self:authorize(request)
      if not ok then
        for i = 1, #requests do answers[i], problems[i] = answer, problem end
        return answers, problems
      end
      self:complete(request)
    end
    answers, problems = self.capability:request_all(requests)
    local refused = false
    for i = 1, #requests do refused = refused or (answers[i] and answers[i].status == 401) end
    if attempt == 2 or not refused or not self.options.oauth2 or #requests > 1 then break end
    self.access = nil
  end
  return answers, problems
end

-- Asks whether the server is there and takes our credentials: what is wrong, by settings. Changes nothing there.
function Client:probe(url, url_setting, authorization_setting)
  local request = { url = url, method = "HEAD", timeout_ms = math.min(self.options.timeout_ms, 5000) }
  local ok, answer, problem = self:authorize(request)
  if not ok then
    return { ["oauth2.access.token.url"] = "No access token: " .. (answer and http.shown(answer) or problem.message) }
  end
  answer, problem = self.capability:request(self:complete(request))
  if not answer then return { [url_setting] = "The server can't be asked: " .. problem.message } end
  if answer.status == 401 or answer.status == 403 then
    return { [authorization_setting] = "The server refuses these credentials: " .. http.shown(answer) }
  end
end

-- How long to wait before attempt n + 1.
function http.backoff(n, first, exponential, answer)
  local wait = exponential and math.min(first * 2 ^ (n - 1), 60000) * (0.5 + math.random() / 2) or first
  return math.min(math.max(wait, answer and http.retry_after(answer) or 0), 300000)
end

return http

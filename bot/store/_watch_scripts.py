"""The Lua scripts of watches: the guard that no notice is lost, and none sent by two at a time.

`version` changes with each write of settings or ledger: whoever read before it must read again.
`outbox` are the parcels of the one notice that is being sent, `generation` the claim that sends,
and `deadline` (Redis' clock, ms) until when nobody else may take over. `behind:<notice>` marks a
message that does not show yet what its notice says. `untold` is why the last notice did not arrive,
until its owner was told elsewhere.
"""

_TIME = """
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local function after(span) return string.format('%.0f', clock + span) end
"""
# KEYS: watch, registry. ARGV: id, sealed.
CREATE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 'watch', ARGV[2], 'version', 1)
return 1
"""
# KEYS: watch. ARGV: sealed.
PUT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'watch', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'version', 1)
"""
# KEYS: watch. Answers with why the last notice did not arrive, to whoever asks first.
UNTOLD = """
local why = redis.call('HGET', KEYS[1], 'untold')
if why then redis.call('HDEL', KEYS[1], 'untold') end
return why or ''
"""
# KEYS: watch, registry, index. ARGV: id, version or empty for any. Answers with the ids of the
# notices, nil when the watch has another version.
REMOVE = """
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return false end
redis.call('UNLINK', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return redis.call('ZRANGE', KEYS[3], 0, -1)
"""
# KEYS: watch.
LOAD = "return redis.call('HGETALL', KEYS[1])"
# KEYS: registry. ARGV: cursor, count. Answers with the next cursor, and ids.
SCAN = "return redis.call('SSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])"
# KEYS: index. Answers with the ids of the notices.
NOTICES = "return redis.call('ZRANGE', KEYS[1], 0, -1)"

# KEYS: watch, changed notices. ARGV: version, number of changed notices, id and sealed of each,
# number of fields, field and value of each (empty to delete it). `more` is where ARGV goes on.
_WRITE = """
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
local changed = tonumber(ARGV[2])
for i = 1, changed do
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then
    redis.call('HSET', KEYS[i + 1], 'notice', ARGV[2 * i + 2])
    redis.call('HSET', KEYS[1], 'behind:' .. ARGV[2 * i + 1], version)
  end
end
local first = 2 * changed + 4
local more = first + 2 * tonumber(ARGV[first - 1])
for i = first, more - 1, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
"""
SAVE = _WRITE + "return version"
# As above, then KEYS: new notice, index. ARGV: watch, id, sealed, TTL (ms), longest TTL (ms),
# parcels, generation, span until the deadline (ms).
BEGIN = (
    "if redis.call('HEXISTS', KEYS[1], 'outbox') == 1 then return 0 end\n"
    + _WRITE
    + _TIME
    + """
local notice, index = KEYS[#KEYS - 1], KEYS[#KEYS]
redis.call(
  'HSET', notice, 'watch', ARGV[more], 'notice', ARGV[more + 2], 'state', 'sending')
redis.call('PEXPIRE', notice, ARGV[more + 3])
redis.call('ZREMRANGEBYSCORE', index, '-inf', clock)
redis.call('ZADD', index, after(ARGV[more + 3]), ARGV[more + 1])
redis.call('PEXPIRE', index, ARGV[more + 4])
redis.call(
  'HSET', KEYS[1], 'outbox', ARGV[more + 5], 'generation', ARGV[more + 6],
  'deadline', after(ARGV[more + 7]))
return version
"""
)

# KEYS: watch. ARGV: generation, parcel.
_SENDER = """
local first, rest = string.match(
  redis.call('HGET', KEYS[1], 'outbox') or '', '^(%S+) ?(.*)$')
if first ~= ARGV[2] or redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
"""
_NEXT = """
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HDEL', KEYS[1], 'tries')
if rest == '' then
  redis.call('HDEL', KEYS[1], 'outbox', 'generation', 'deadline')
else
  redis.call('HSET', KEYS[1], 'outbox', rest, 'deadline', after(ARGV[3]))
end
return 1
"""
# KEYS: watch, notice. ARGV: generation, parcel, span (ms), channel, ts, DM to remember or empty.
SENT = (
    _SENDER
    + _TIME
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 'state', 'sent', 'channel', ARGV[4], 'ts', ARGV[5])
end
redis.call('HDEL', KEYS[1], 'undeliverable', 'untold')
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'dm', ARGV[6]) end
"""
    + _NEXT
)
# KEYS: watch. ARGV: generation, parcel, span (ms).
DROPPED = _SENDER + _TIME + _NEXT
# KEYS: watch, notice. ARGV: generation, parcel, span (ms), why, parcels to send instead.
FAILED = (
    _SENDER
    + _TIME
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 'state', 'failed', 'code', ARGV[4])
end
redis.call('HSET', KEYS[1], 'undeliverable', ARGV[4], 'untold', ARGV[4])
redis.call('HDEL', KEYS[1], 'dm')
rest = ARGV[5]
"""
    + _NEXT
)
# As SAVE, then KEYS: notice, index. ARGV: generation, parcel, id.
ROLL_BACK = (
    """
if redis.call('HGET', KEYS[1], 'outbox') ~= ARGV[#ARGV - 1]
  or redis.call('HGET', KEYS[1], 'generation') ~= ARGV[#ARGV - 2] then return 0 end
"""
    + _WRITE
    + """
redis.call('HDEL', KEYS[1], 'outbox', 'generation', 'deadline', 'tries')
redis.call('UNLINK', KEYS[#KEYS - 1])
redis.call('ZREM', KEYS[#KEYS], ARGV[#ARGV])
return version
"""
)
# KEYS: watch. ARGV: generation, parcel.
RELEASE = _SENDER + "return redis.call('HSET', KEYS[1], 'deadline', 0) + 1"
# KEYS: watch. ARGV: generation, parcel, span (ms). Answers with the tries so far, or with how long
# somebody else may still go on (ms, negative), or with 0 when there is no such parcel.
TAKE_OVER = (
    _TIME
    + """
local first = string.match(redis.call('HGET', KEYS[1], 'outbox') or '', '^%S+')
if first ~= ARGV[2] then return 0 end
local left = (redis.call('HGET', KEYS[1], 'deadline') or 0) - clock
if left > 0 then return -left end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'deadline', after(ARGV[3]))
return redis.call('HINCRBY', KEYS[1], 'tries', 1)
"""
)
# KEYS: watch. ARGV: id, version. Answers with the version that is behind now, 0 for none. A mark
# that is gone was another's who edited at the same time: it is set anew.
SHOWN = """
local name = 'behind:' .. ARGV[1]
local behind = redis.call('HGET', KEYS[1], name)
if behind == ARGV[2] then
  redis.call('HDEL', KEYS[1], name)
  return 0
end
if not behind then
  behind = redis.call('HGET', KEYS[1], 'version')
  if not behind then return 0 end
  redis.call('HSET', KEYS[1], name, behind)
end
return tonumber(behind)
"""

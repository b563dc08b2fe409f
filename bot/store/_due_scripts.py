"""The Lua scripts of the due index.

All have KEYS: wakes, leases, claims, parked of one shard, unless they say otherwise. What works on
claims begins with `PARSE`.
"""

# A claim is `generation|attempts|due|wake`: the wake is what came while it was claimed, or empty.
PARSE = """
local function parse(member)
  local claim = redis.call('HGET', KEYS[3], member) or '0|0|0|'
  return string.match(claim, '^(%d+)|(%d+)|(%d+)|(%d*)$')
end
"""
# ARGV: sooner or missing, due (ms), members. Answers with how many were missing.
SCHEDULE = """
local how, due = ARGV[1], ARGV[2]
local added = 0
for i = 3, #ARGV do
  local member = ARGV[i]
  if redis.call('ZSCORE', KEYS[2], member) then
    local generation, attempts, was, wake = parse(member)
    if how == 'sooner' and (wake == '' or tonumber(due) < tonumber(wake)) then
      redis.call('HSET', KEYS[3], member, table.concat({generation, attempts, was, due}, '|'))
    end
  elseif how == 'sooner' then
    redis.call('ZREM', KEYS[4], member)
    redis.call('ZADD', KEYS[1], 'LT', due, member)
  elseif not redis.call('ZSCORE', KEYS[4], member) then
    added = added + redis.call('ZADD', KEYS[1], 'NX', due, member)
  end
end
return added
"""
# ARGV: now (ms), limit, lease (ms), most attempts.
CLAIM = """
local now, limit, lease, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local function clear(number) return string.format('%.0f', number) end

local lost = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', clock, 'LIMIT', 0, limit)
local parked = 0
for _, member in ipairs(lost) do
  local generation, attempts, due = parse(member)
  redis.call('ZREM', KEYS[2], member)
  if attempts + 1 >= most then
    parked = parked + redis.call('ZADD', KEYS[4], clock, member)
    redis.call('HSET', KEYS[3], member, table.concat({0, clear(most - 1), due, ''}, '|'))
  else
    redis.call('HSET', KEYS[3], member, table.concat({0, clear(attempts + 1), due, ''}, '|'))
    redis.call('ZADD', KEYS[1], 'LT', due, member)
  end
end

local found = redis.call(
  'ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local claimed = {}
for i = 1, #found, 2 do
  local member, due = found[i], found[i + 1]
  local _, attempts = parse(member)
  local generation = clear(time[1] * 1000000 + time[2] + i)
  redis.call('ZREM', KEYS[1], member)
  redis.call('ZADD', KEYS[2], clock + lease, member)
  redis.call('HSET', KEYS[3], member, table.concat({generation, attempts, due, ''}, '|'))
  claimed[#claimed + 1] = {member, generation, due, attempts}
end
local next_due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {claimed, next_due or '', #lost - parked, parked}
"""
# ARGV: member, generation, lease (ms).
EXTEND = """
local generation = parse(ARGV[1])
if generation ~= ARGV[2] or not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3], ARGV[1])
return 1
"""
# ARGV: member, generation, outcome, due (ms) or empty, most attempts. Answers with 2 for parked.
FINISH = """
local outcome, due, most = ARGV[3], ARGV[4], tonumber(ARGV[5])
local generation, attempts, was, wake = parse(ARGV[1])
if generation ~= ARGV[2] or redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
if outcome == 'done' then attempts = 0 end
if outcome == 'failed' then attempts = attempts + 1 end
if wake ~= '' and (due == '' or tonumber(wake) < tonumber(due)) then due = wake end
if due == '' then
  redis.call('HDEL', KEYS[3], ARGV[1])
  return 1
end
if tonumber(attempts) >= most then
  redis.call('ZADD', KEYS[4], redis.call('TIME')[1] * 1000, ARGV[1])
  redis.call('HSET', KEYS[3], ARGV[1], table.concat({0, most - 1, due, ''}, '|'))
  return 2
end
if tonumber(attempts) > 0 then
  redis.call('HSET', KEYS[3], ARGV[1], table.concat({0, attempts, due, ''}, '|'))
else
  redis.call('HDEL', KEYS[3], ARGV[1])
end
redis.call('ZADD', KEYS[1], due, ARGV[1])
return 1
"""
# ARGV: member.
CANCEL = """
for key = 1, 4 do
  redis.call(key == 3 and 'HDEL' or 'ZREM', KEYS[key], ARGV[1])
end
return 1
"""
# ARGV: due (ms), how long it has been parked at least (ms), limit.
REVIVE = """
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[2]
local found = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', before, 'LIMIT', 0, ARGV[3])
for _, member in ipairs(found) do
  redis.call('ZREM', KEYS[4], member)
  redis.call('ZADD', KEYS[1], 'LT', ARGV[1], member)
end
return #found
"""
# KEYS: only wakes, leases and parked, as it is asked for often. Answers with the first that is due
# (ms), how many are claimed, parked, and claimed without a lease.
PEEK = """
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
return {
  redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '', redis.call('ZCARD', KEYS[2]),
  redis.call('ZCARD', KEYS[3]), redis.call('ZCOUNT', KEYS[2], '-inf', clock)
}
"""
# ARGV: member. Answers with when it is due (ms), claimed, parked or nothing.
PLACE = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if due then return due end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'claimed' end
return redis.call('ZSCORE', KEYS[4], ARGV[1]) and 'parked' or ''
"""

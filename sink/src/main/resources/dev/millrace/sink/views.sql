-- Ready answers on top of the table windows, for people with any SQL tool. docs/sink.md describes each column.
-- Runs on SQLite and PostgreSQL; only UTC(milliseconds) is put into the database's own words by WindowViews.

-- One in seventy rows is a minute's: small, and a month of them is found without passing by the seconds.
CREATE INDEX windows_of_minutes ON windows (route, window_start_ms) WHERE window_size_ms = 60000;

-- Each service in each minute. The percentiles are those of the minute's own histogram.
CREATE VIEW service_minutes AS
SELECT
  UTC(window_start_ms) AS minute,
  service,
  requests,
  rate_per_s,
  errors,
  errors * 1.0 / NULLIF(requests, 0) AS error_ratio,
  client_errors,
  bytes,
  mean_us,
  p50_us,
  p90_us,
  p95_us,
  p99_us,
  p999_us,
  max_us,
  late,
  window_start_ms
FROM windows
WHERE window_size_ms = 60000 AND route = '*' AND service <> '*';

-- Each route in the newest hour, the one with the slowest minute first. The worst of several p99 is a fact about a
-- minute; their average would be a fact about nothing. The mean is exact: it can be put together from means.
CREATE VIEW slowest_routes AS
WITH newest AS (
  SELECT max(window_start_ms) AS ms FROM windows WHERE window_size_ms = 60000 AND route = '*'
), minutes AS (
  SELECT
    service, route, window_start_ms, requests, errors, duration_count, mean_us, p99_us, max_us,
    row_number() OVER (PARTITION BY service, route ORDER BY p99_us DESC, window_start_ms DESC) AS place
  FROM windows
  WHERE window_size_ms = 60000 AND route <> '*' AND duration_count > 0
    AND window_start_ms > (SELECT ms FROM newest) - 3600000
)
SELECT
  service,
  route,
  max(CASE WHEN place = 1 THEN p99_us END) AS worst_p99_us,
  UTC(max(CASE WHEN place = 1 THEN window_start_ms END)) AS worst_minute,
  max(CASE WHEN place = 1 THEN requests END) AS worst_minute_requests,
  count(*) AS minutes,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(mean_us * duration_count) / sum(duration_count) AS mean_us,
  max(max_us) AS max_us
FROM minutes
GROUP BY service, route
ORDER BY worst_p99_us DESC, service, route;

-- How much of its error budget each service has used up, at an objective of 99.9 % of requests without a status of 500
-- and above. A burn rate of 1 uses up the budget exactly; 14.4 over an hour uses up 2 % of a month's.
CREATE VIEW error_budget AS
WITH newest AS (
  SELECT max(window_start_ms) AS ms FROM windows WHERE window_size_ms = 60000 AND route = '*'
), periods (period, ms) AS (
  VALUES ('5m', 300000), ('1h', 3600000), ('6h', 21600000), ('3d', 259200000), ('30d', 2592000000)
), sums AS (
  SELECT service, period, periods.ms AS period_ms, sum(requests) AS requests, sum(errors) AS errors
  FROM periods
  JOIN windows ON window_size_ms = 60000 AND route = '*' AND service <> '*'
    AND window_start_ms > (SELECT ms FROM newest) - periods.ms
  GROUP BY service, period, periods.ms
)
SELECT
  service,
  period,
  0.999 AS objective,
  requests,
  errors,
  errors * 1.0 / NULLIF(requests, 0) AS error_ratio,
  errors * 1000.0 / NULLIF(requests, 0) AS burn_rate,
  1 - errors * 1000.0 / NULLIF(requests, 0) AS budget_left,
  period_ms
FROM sums
ORDER BY service, period_ms;

#include "upstream/upstream_pool.hpp"

#include <chrono>
#include <utility>

#include "base/coarse_clock.hpp"

namespace portcullis::bff {

using SteadyClock = std::chrono::steady_clock;

void HttpClient::Pools::give_back(UpstreamConnectionPtr connection) {
  Pool& pool = by_key[connection->pool_key()];
  --pool.leased;
  connection->clear_read_deadline();
  connection->clear_write_deadline();
  if (closed || connection->closed() || pool.idle.size() >= options.max_idle_per_upstream) return;
  connection->idle_since = coarse_now();
  pool.idle.push_back(std::move(connection));
  if (idle_count++ == 0) watchdog.watch(*this, options.idle_timeout);
}

void HttpClient::Pools::forget(const std::string& key) noexcept {
  const auto found = by_key.find(key);
  if (found == by_key.end()) return;
  Pool& pool = found->second;
  if (--pool.leased == 0 && pool.idle.empty()) by_key.erase(found);
}

UpstreamConnectionPtr HttpClient::Pools::take(Pool& pool, Reuse reuse) {
  while (reuse != Reuse::kNever && !pool.idle.empty()) {
    // Most recently used first: it is the least likely to be stale, and the others can expire.
    UpstreamConnectionPtr connection = std::move(pool.idle.back());
    pool.idle.pop_back();
    --idle_count;
    const auto idle = coarse_now() - connection->idle_since;
    if (idle > options.idle_timeout || connection->stale()) continue;
    if (reuse == Reuse::kFreshlyUsed && idle > options.unsafe_reuse_within) {
      pool.idle.push_back(std::move(connection));
      ++idle_count;
      return nullptr;
    }
    return connection;
  }
  return nullptr;
}

void HttpClient::Pools::on_deadline() {
  const auto oldest = coarse_now() - options.idle_timeout;
  for (auto at = by_key.begin(); at != by_key.end();) {
    auto& idle = at->second.idle;
    idle_count -= std::erase_if(idle, [&](const UpstreamConnectionPtr& connection) {
      return connection->idle_since <= oldest;
    });
    const bool unused = idle.empty() && at->second.leased == 0;
    at = unused ? by_key.erase(at) : std::next(at);
  }
  if (idle_count > 0) watchdog.watch(*this, options.idle_timeout / 2);
}

void HttpClient::Pools::clear_idle() noexcept {
  for (auto& [key, pool] : by_key) pool.idle.clear();
  idle_count = 0;
}

HttpClient::Lease::Lease(std::shared_ptr<Pools> pools, UpstreamConnectionPtr connection,
                         bool reused)
    : pools_(std::move(pools)), connection_(std::move(connection)), reused_(reused) {}

HttpClient::Lease::Lease(Lease&& other) noexcept = default;

HttpClient::Lease& HttpClient::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    reset();
    pools_ = std::move(other.pools_);
    connection_ = std::move(other.connection_);
    reused_ = other.reused_;
  }
  return *this;
}

HttpClient::Lease::~Lease() { reset(); }

void HttpClient::Lease::release() {
  if (connection_) pools_->give_back(std::move(connection_));
  pools_.reset();
}

void HttpClient::Lease::reset() noexcept {
  if (connection_) {
    pools_->forget(connection_->pool_key());
    connection_.reset();
  }
  pools_.reset();
}

}  // namespace portcullis::bff

// Stores whose every answer has to be awaited, over those in memory: what a store behind a network
// looks like to its callers.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "adapters/memory/memory_boot_tokens.hpp"
#include "adapters/memory/memory_health.hpp"
#include "adapters/memory/memory_page_keys.hpp"
#include "adapters/memory/memory_rate_limiter.hpp"
#include "adapters/memory/memory_sessions.hpp"

namespace portcullis::bff::testing {

/// Asks one turn of the event loop later. `ask` owns what it needs: the caller's views may be gone.
template <class T>
boost::asio::awaitable<T> one_turn_later(std::function<Answer<T>()> ask) {
  // Two statements: GCC 12 keeps the wrong temporary when one co_await is the argument of another.
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
  co_return ask().now();
}
template <class T>
Answer<T> later(std::function<Answer<T>()> ask) {
  return one_turn_later<T>(std::move(ask));
}

class AwaitedSessions final : public SessionStore {
 public:
  explicit AwaitedSessions(std::unique_ptr<SessionStore> own) : own_(std::move(own)), in_(*own_) {}
  explicit AwaitedSessions(SessionStore& over) : in_(over) {}
  Answer<SessionPtr> create(NewSession what) override {
    return later<SessionPtr>([this, what] { return in_.create(what); });
  }
  Answer<SessionPtr> find(std::string_view id, std::string_view tenant) override {
    return later<SessionPtr>([this, id = std::string(id), tenant = std::string(tenant)] {
      return in_.find(id, tenant);
    });
  }
  bool alive(const Session& session) const override { return in_.alive(session); }
  Answer<bool> destroy(std::string_view id, std::string_view tenant, SessionEnd why) override {
    return later<bool>([this, why, id = std::string(id), tenant = std::string(tenant)] {
      return in_.destroy(id, tenant, why);
    });
  }
  std::size_t destroy_if(const std::function<bool(const Session&)>& doomed,
                         SessionEnd why) override {
    return in_.destroy_if(doomed, why);
  }
  std::size_t sweep(const std::unordered_set<std::uint64_t>& in_use) override {
    return in_.sweep(in_use);
  }
  void on_end(EndCallback callback) override { in_.on_end(std::move(callback)); }
  void set_limits(SessionLimits limits) override { in_.set_limits(limits); }
  std::size_t size() const noexcept override { return in_.size(); }
  const QuotaCounts& replaced() const noexcept override { return in_.replaced(); }

 private:
  const std::unique_ptr<SessionStore> own_;
  SessionStore& in_;
};

class AwaitedPageKeys final : public PageKeys {
 public:
  explicit AwaitedPageKeys(std::unique_ptr<PageKeys> own) : own_(std::move(own)), in_(*own_) {}
  explicit AwaitedPageKeys(PageKeys& over) : in_(over) {}
  Answer<NewPageKey> create(const Session& session) override {
    return later<NewPageKey>([this, session] { return in_.create(session); });
  }
  Answer<std::optional<NewPageKey>> renew(const Session& session, std::string_view id) override {
    return later<std::optional<NewPageKey>>(
        [this, session, id = std::string(id)] { return in_.renew(session, id); });
  }
  Answer<StampCheck> check(const Stamp& stamp, const Session& session,
                           const StampedCall& call) override {
    return later<StampCheck>([this, session, key = std::string(stamp.key_id),
                              counter = stamp.counter, mac = std::string(stamp.mac),
                              caller = std::string(call.caller), method = std::string(call.method),
                              target = std::string(call.target)] {
      return in_.check({key, counter, mac}, session, {caller, method, target});
    });
  }
  Answer<StampFault> claim(const StampCheck& checked) override {
    return later<StampFault>([this, checked] { return in_.claim(checked); });
  }
  Answer<bool> change(const Session& session, std::string_view id, std::string_view change,
                      std::uint64_t step, std::string_view mac) override {
    return later<bool>(
        [this, session, id = std::string(id), change = std::string(change), step,
         mac = std::string(mac)] { return in_.change(session, id, change, step, mac); });
  }
  void end_session(std::uint64_t serial) override { in_.end_session(serial); }
  void end_plugin(TenantPluginView plugin) override { in_.end_plugin(plugin); }
  std::size_t size() const override { return in_.size(); }
  const QuotaCounts& replaced() const noexcept override { return in_.replaced(); }

 private:
  const std::unique_ptr<PageKeys> own_;
  PageKeys& in_;
};

class AwaitedBootTokens final : public BootTokens {
 public:
  explicit AwaitedBootTokens(std::unique_ptr<BootTokens> own) : own_(std::move(own)), in_(*own_) {}
  explicit AwaitedBootTokens(BootTokens& over) : in_(over) {}
  std::string issue(const Session& session) const override { return in_.issue(session); }
  Answer<Trade> trade(std::string_view token, const Session& session) override {
    return later<Trade>(
        [this, session, token = std::string(token)] { return in_.trade(token, session); });
  }
  std::size_t size() const override { return in_.size(); }
  const QuotaCounts& replaced() const noexcept override { return in_.replaced(); }

 private:
  const std::unique_ptr<BootTokens> own_;
  BootTokens& in_;
};

class AwaitedRateLimiter final : public RateLimiter {
 public:
  explicit AwaitedRateLimiter(std::unique_ptr<RateLimiter> own)
      : own_(std::move(own)), in_(*own_) {}
  explicit AwaitedRateLimiter(RateLimiter& over) : in_(over) {}
  using RateLimiter::take;
  Answer<RateVerdict> take(std::string_view tenant, std::string_view plugin_id,
                           const RateBudget& budget, std::string_view account) override {
    return later<RateVerdict>(
        [this, budget, tenant = std::string(tenant), plugin_id = std::string(plugin_id),
         account = std::string(account)] { return in_.take(tenant, plugin_id, budget, account); });
  }
  std::size_t sweep() override { return in_.sweep(); }

 private:
  const std::unique_ptr<RateLimiter> own_;
  RateLimiter& in_;
};

class AwaitedHealth final : public HealthBoard {
 public:
  explicit AwaitedHealth(std::unique_ptr<HealthBoard> own) : own_(std::move(own)), in_(*own_) {}
  explicit AwaitedHealth(HealthBoard& over) : in_(over) {}
  void record(std::string_view tenant, std::string_view plugin_id, unsigned status,
              std::chrono::nanoseconds latency) override {
    in_.record(tenant, plugin_id, status, latency);
  }
  void record_denial(std::string_view tenant, std::string_view plugin_id) override {
    in_.record_denial(tenant, plugin_id);
  }
  Answer<HealthReport> report(std::string_view tenant, std::string_view plugin_id) const override {
    return later<HealthReport>(
        [this, tenant = std::string(tenant), plugin_id = std::string(plugin_id)] {
          return in_.report(tenant, plugin_id);
        });
  }

 private:
  const std::unique_ptr<HealthBoard> own_;
  HealthBoard& in_;
};

}  // namespace portcullis::bff::testing

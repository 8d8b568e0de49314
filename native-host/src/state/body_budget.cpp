#include "state/body_budget.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::bff {

class BodyBudget::Share final : public BodyAllowance {
 public:
  Share(BodyBudget& of, std::uint64_t session, std::string network)
      : session_(session), network_(std::move(network)), of_(of) {}
  ~Share() override { (void)of_.change(*this, held_, 0); }

  Code hold(std::size_t bytes) override {
    const std::size_t counted = bytes - std::min(bytes, kFreeBytes);
    const Code code = of_.change(*this, held_, counted);
    if (code == Code::kAllowed) held_ = counted;
    return code;
  }

  const std::uint64_t session_;
  const std::string network_;

 private:
  BodyBudget& of_;
  std::size_t held_ = 0;
};

std::unique_ptr<BodyAllowance> BodyBudget::open(std::uint64_t session, std::string network) {
  return std::make_unique<Share>(*this, session, std::move(network));
}

void BodyBudget::set_limits(BodyLimits limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

Code BodyBudget::change(const Share& of, std::size_t from, std::size_t to) {
  if (from == to) return Code::kAllowed;
  const std::lock_guard lock(mutex_);
  const std::size_t total = held_.load(std::memory_order_relaxed) - from + to;
  const auto session = of.session_ == 0 ? sessions_.end() : sessions_.find(of.session_);
  const auto network = networks_.find(of.network_);
  const std::size_t by_session = (session == sessions_.end() ? 0 : session->second) - from + to;
  const std::size_t by_network = (network == networks_.end() ? 0 : network->second) - from + to;
  if (to > from) {
    Code code = Code::kAllowed;
    if (total > limits_.total) code = Code::kOverloaded;
    if (by_network > limits_.per_address) code = Code::kBodyMemoryLimit;
    if (of.session_ != 0 && by_session > limits_.per_session) code = Code::kBodyMemoryLimit;
    if (code != Code::kAllowed) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return code;
    }
  }
  held_.store(total, std::memory_order_relaxed);
  const auto store = [](auto& table, auto place, const auto& key, std::size_t bytes) {
    if (place == table.end()) {
      table.emplace(key, bytes);
    } else if (bytes == 0) {
      table.erase(place);
    } else {
      place->second = bytes;
    }
  };
  if (of.session_ != 0) store(sessions_, session, of.session_, by_session);
  store(networks_, network, of.network_, by_network);
  return Code::kAllowed;
}

}  // namespace portcullis::bff

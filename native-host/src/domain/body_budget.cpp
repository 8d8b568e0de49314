#include "domain/body_budget.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::bff {

class BodyBudget::Share final : public BodyAllowance {
 public:
  Share(BodyBudget& of, std::string account, std::string address)
      : account_(std::move(account)), address_(std::move(address)), of_(of) {}
  ~Share() override { (void)of_.change(*this, held_, 0); }

  Code hold(std::size_t bytes) override {
    const std::size_t counted = bytes - std::min(bytes, kFreeBytes);
    const Code code = of_.change(*this, held_, counted);
    if (code == Code::kAllowed) held_ = counted;
    return code;
  }

  const std::string account_;
  const std::string address_;

 private:
  BodyBudget& of_;
  std::size_t held_ = 0;
};

std::unique_ptr<BodyAllowance> BodyBudget::open(std::string account, std::string address) {
  return std::make_unique<Share>(*this, std::move(account), std::move(address));
}

void BodyBudget::set_limits(BodyLimits limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

Code BodyBudget::change(const Share& of, std::size_t from, std::size_t to) {
  if (from == to) return Code::kAllowed;
  const std::lock_guard lock(mutex_);
  const std::size_t total = held_.load(std::memory_order_relaxed) - from + to;
  const auto account = of.account_.empty() ? accounts_.end() : accounts_.find(of.account_);
  const auto address = addresses_.find(of.address_);
  const std::size_t by_account = (account == accounts_.end() ? 0 : account->second) - from + to;
  const std::size_t by_address = (address == addresses_.end() ? 0 : address->second) - from + to;
  if (to > from) {
    Code code = Code::kAllowed;
    if (total > limits_.total) code = Code::kOverloaded;
    if (by_address > limits_.per_address) code = Code::kBodyMemoryLimit;
    if (!of.account_.empty() && by_account > limits_.per_account) code = Code::kBodyMemoryLimit;
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
  if (!of.account_.empty()) store(accounts_, account, of.account_, by_account);
  store(addresses_, address, of.address_, by_address);
  return Code::kAllowed;
}

}  // namespace portcullis::bff

#include "state/boot_tokens.hpp"

#include <array>

#include "state/random.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kHeadBytes = kTimeBytes + kNonceBytes;
using Token = std::array<std::uint8_t, kHeadBytes + sizeof(Mac)>;

std::array<std::uint8_t, 32> random_secret() {
  std::array<std::uint8_t, 32> secret{};
  random_bytes(secret);
  return secret;
}

std::uint64_t millis(SteadyTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

BootTokens::BootTokens(const Clock& clock) : clock_(clock), key_(random_secret()) {}

Mac BootTokens::mac(std::string_view tenant, std::string_view time_and_nonce) const {
  // A tenant is a host name: it holds no line end.
  std::string text = "portcullis-boot-v1\n";
  text.append(tenant).append("\n").append(time_and_nonce);
  return key_.mac(text);
}

std::string BootTokens::issue(std::string_view tenant) const {
  Token token{};
  const std::uint64_t now = millis(clock_.steady());
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    token[i] = static_cast<std::uint8_t>(now >> (8 * (kTimeBytes - 1 - i)));
  }
  random_bytes(std::span(token).subspan(kTimeBytes, kNonceBytes));
  const Mac signature = mac(tenant, view(token.data(), kHeadBytes));
  std::copy(signature.begin(), signature.end(), token.begin() + kHeadBytes);
  return base64url_encode(token);
}

BootTokens::Trade BootTokens::trade(std::string_view token, std::string_view tenant,
                                    std::uint64_t session) {
  const auto raw = base64url_decode(token);
  if (!raw || raw->size() != Token().size()) return Trade::kRefused;
  const std::string_view head = std::string_view(*raw).substr(0, kHeadBytes);
  const Mac right = mac(tenant, head);
  if (!equal_constant_time(std::string_view(*raw).substr(kHeadBytes),
                           view(right.data(), right.size()))) {
    return Trade::kRefused;
  }
  std::uint64_t issued = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    issued = (issued << 8U) | static_cast<std::uint8_t>(head[i]);
  }
  const SteadyTime now = clock_.steady();
  constexpr auto kLifeMs = static_cast<std::uint64_t>(std::chrono::milliseconds(kLife).count());
  if (millis(now) - issued >= kLifeMs) return Trade::kRefused;

  std::string nonce(head.substr(kTimeBytes));
  const std::lock_guard lock(mutex_);
  forget(now);
  if (nonces_.contains(nonce)) return Trade::kRefused;
  const auto own = by_session_.find(session);
  if (nonces_.size() >= kMaxTraded ||
      (own != by_session_.end() && own->second >= kMaxTradedPerSession)) {
    return Trade::kFull;
  }
  nonces_.insert(nonce);
  ++by_session_[session];
  // From now, not from the issue: so the queue is in the order of `until`.
  order_.push_back({now + kLife, session, std::move(nonce)});
  return Trade::kDone;
}

void BootTokens::forget(SteadyTime now) {
  while (!order_.empty() && order_.front().until <= now) {
    const Traded& oldest = order_.front();
    nonces_.erase(oldest.nonce);
    const auto own = by_session_.find(oldest.session);
    if (own != by_session_.end() && --own->second == 0) by_session_.erase(own);
    order_.pop_front();
  }
}

std::size_t BootTokens::size() const {
  const std::lock_guard lock(mutex_);
  return nonces_.size();
}

}  // namespace portcullis::bff

#include "adapters/memory/memory_boot_tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kHeadBytes = kTimeBytes + kNonceBytes;
using Token = std::array<std::uint8_t, kHeadBytes + sizeof(Mac)>;
constexpr auto kLifeMs =
    static_cast<std::uint64_t>(std::chrono::milliseconds(BootTokens::kLife).count());

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

MemoryBootTokens::MemoryBootTokens(const Clock& clock) : clock_(clock), key_(random_secret()) {}

Mac MemoryBootTokens::mac(const Session& session, std::string_view time_and_nonce) const {
  // Neither a tenant (a host name) nor an id (base64url) contains a line end.
  std::string text = "portcullis-boot-v2\n";
  text.append(session.tenant).append("\n").append(session.id).append("\n");
  text.append(time_and_nonce);
  return key_.mac(text);
}

std::string MemoryBootTokens::issue(const Session& session) const {
  Token token{};
  const std::uint64_t now = millis(clock_.steady());
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    token[i] = static_cast<std::uint8_t>(now >> (8 * (kTimeBytes - 1 - i)));
  }
  random_bytes(std::span(token).subspan(kTimeBytes, kNonceBytes));
  const Mac signature = mac(session, view(token.data(), kHeadBytes));
  std::copy(signature.begin(), signature.end(), token.begin() + kHeadBytes);
  return base64url_encode(token);
}

Answer<BootTokens::Trade> MemoryBootTokens::trade(std::string_view token, const Session& session) {
  const auto raw = base64url_decode(token);
  if (!raw || raw->size() != Token().size()) return Trade::kRefused;
  const std::string_view head = std::string_view(*raw).substr(0, kHeadBytes);
  const Mac right = mac(session, head);
  if (!equal_constant_time(std::string_view(*raw).substr(kHeadBytes),
                           view(right.data(), right.size()))) {
    return Trade::kRefused;
  }
  std::uint64_t issued = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    issued = (issued << 8U) | static_cast<std::uint8_t>(head[i]);
  }
  const std::uint64_t now = millis(clock_.steady());
  if (now - issued >= kLifeMs) return Trade::kRefused;

  std::string nonce(head.substr(kTimeBytes));
  Owner owner{session.tenant, session.account(), {}};
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto refused = refused_until_.find({owner.tenant, owner.account});
  if (refused != refused_until_.end() && issued <= refused->second) return Trade::kRefused;
  if (nonces_.contains(nonce)) return Trade::kRefused;
  remember(issued, std::move(nonce), std::move(owner));
  return Trade::kDone;
}

void MemoryBootTokens::remember(std::uint64_t issued_ms, std::string nonce, Owner owner) {
  constexpr OwnerLimits kLimits{kMaxPerAccount, 0, kMaxPerTenant};
  while (const auto victim = owners_.next_victim(owner, kLimits)) {
    const TradedPtr old = victim->entry;
    replaced_.add(victim->quota);
    const Account whose{old->owner.tenant, old->owner.account};
    const auto [until, fresh] = refused_until_.try_emplace(whose, old->issued_ms);
    if (!fresh) refusals_by_age_.erase({until->second, whose});
    until->second = std::max(until->second, old->issued_ms);
    refusals_by_age_.emplace(until->second, whose);
    owners_.remove(old->owner, old);
    nonces_.erase(old->nonce);
    by_age_.erase(old);
  }
  nonces_.insert(nonce);
  auto traded =
      std::make_shared<const Traded>(Traded{issued_ms, std::move(nonce), std::move(owner)});
  owners_.add(traded->owner, traded);
  by_age_.insert(std::move(traded));
}

void MemoryBootTokens::forget_old(std::uint64_t now_ms) {
  while (!by_age_.empty() && now_ms - (*by_age_.begin())->issued_ms >= kLifeMs) {
    const TradedPtr oldest = *by_age_.begin();
    owners_.remove(oldest->owner, oldest);
    nonces_.erase(oldest->nonce);
    by_age_.erase(by_age_.begin());
  }
  while (!refusals_by_age_.empty() && now_ms - refusals_by_age_.begin()->first >= kLifeMs) {
    refused_until_.erase(refusals_by_age_.begin()->second);
    refusals_by_age_.erase(refusals_by_age_.begin());
  }
}

std::size_t MemoryBootTokens::size() const {
  const std::lock_guard lock(mutex_);
  return nonces_.size();
}

}  // namespace portcullis::bff

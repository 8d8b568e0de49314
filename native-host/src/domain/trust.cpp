#include "domain/trust.hpp"

#include <utility>

#include "domain/signature_text.hpp"

namespace portcullis::bff {

Voucher vouch(const Trust& trust, std::string_view signature,
              const std::array<std::uint8_t, 32>& sha256, Code invalid) {
  Voucher voucher;
  voucher.lasting = invalid;
  const auto der = read_signature(signature, sha256);
  if (!der) return voucher;
  for (const TrustedKey& trusted : trust.keys) {
    if (!trusted.key.verify(sha256, *der)) continue;
    voucher.lasting = trusted.revoked ? Code::kSigningKeyRevoked : Code::kAllowed;
    voucher.not_before = trusted.not_before;
    voucher.not_after = trusted.not_after;
    voucher.key_id = trusted.key.id();
    break;
  }
  return voucher;
}

Code Voucher::at(WallTime now) const noexcept {
  if (lasting != Code::kAllowed) return lasting;
  if (now >= not_after) return Code::kSigningKeyExpired;
  return now < not_before ? Code::kSigningKeyNotYetValid : Code::kAllowed;
}

// Refused until the first update().
SignatureStatus::SignatureStatus(Voucher bundle, Voucher manifest) noexcept
    : bundle_(std::move(bundle)),
      manifest_(std::move(manifest)),
      code_(Code::kBundleSignatureMissing) {}

bool SignatureStatus::update(WallTime now) noexcept {
  Code code = bundle_.at(now);
  if (code == Code::kAllowed) code = manifest_.at(now);
  return code_.exchange(code, std::memory_order_relaxed) != code;
}

}  // namespace portcullis::bff

// The keys that a tenant trusts, and the validity of a plugin's two signatures under them.
//
// One signature covers the bundle's bytes (so `cosign sign-blob bundle.js` can make it), the other
// the manifest's statement (portcullis::signing_statement), which contains the bundle's hash. Where
// signatures are required both must be valid: without a key nobody can replace the bundle of a
// manifest, widen its permissions, or combine a bundle and a manifest that were signed separately.
//
// A signature contains no time that can be verified offline, so a key's dates are compared with the
// current time: when a key expires, so does everything it signed, without a restart.
// SignatureStatus is that verdict; the server's housekeeping updates it.
//
// Usage: vouch() for each signature, SignatureStatus for both, update() at once and then regularly.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/public_key.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// A public key with its dates.
struct TrustedKey {
  PublicKey key;
  WallTime not_before = WallTime::min();
  WallTime not_after = WallTime::max();  ///< the first instant at which it is no longer trusted
  bool revoked = false;
};

/// `signing` of settings.yaml, resolved for one tenant.
struct Trust {
  bool required = false;
  std::vector<TrustedKey> keys;
};

/// The validity of one signature.
struct Voucher {
  Code lasting = Code::kAllowed;  ///< the verdict independent of time: missing, invalid, revoked
  WallTime not_before = WallTime::min();
  WallTime not_after = WallTime::max();
  std::string key_id{};  ///< empty: not made by a trusted key

  /// The verdict at a time: kAllowed, `lasting`, kSigningKeyExpired or kSigningKeyNotYetValid.
  [[nodiscard]] Code at(WallTime now) const noexcept;
};

/// Verifies `signature` (see signature_text.hpp) over data with this SHA-256. `invalid`: the code
/// if no key of the tenant made it.
[[nodiscard]] Voucher vouch(const Trust& trust, std::string_view signature,
                            const std::array<std::uint8_t, 32>& sha256, Code invalid);

/// The current verdict on a plugin's two signatures. Call update() from one thread at a time;
/// code() is thread-safe.
class SignatureStatus {
 public:
  SignatureStatus(Voucher bundle, Voucher manifest) noexcept;

  /// kAllowed, or the reason for refusal.
  [[nodiscard]] Code code() const noexcept { return code_.load(std::memory_order_relaxed); }
  /// Compares the keys' dates with `now`. Returns true if code() changed.
  bool update(WallTime now) noexcept;

 private:
  const Voucher bundle_;
  const Voucher manifest_;
  std::atomic<Code> code_;
};

}  // namespace portcullis::bff

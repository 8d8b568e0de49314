// Which keys a tenant trusts, and what a plugin's two signatures are worth under them.
//
// A plugin has two: one over the bundle's bytes (so a plain `cosign sign-blob bundle.js` is one),
// and one over the statement of its manifest (portcullis::signing_statement), which names the
// bundle by its hash. Only both together let it be served where signatures are required: nobody
// without a key can put another bundle under a manifest, widen its permissions, or pair what was
// signed apart.
//
// A signature carries no time that could be trusted offline, so a key's dates are held against
// now: when a key ends, what it signed ends, whether the server is restarted or not.
// SignatureStatus is that verdict; it is made at load and told the time by Server's housekeeping.
//
// In which order to call it: vouch() for each signature, SignatureStatus of both, update() at once
// and then whenever time has passed.
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

struct TrustedKey {
  PublicKey key;
  WallTime not_before = WallTime::min();
  WallTime not_after = WallTime::max();  ///< from here on it is not trusted
  bool revoked = false;
};

/// `signing` of settings.yaml, as it holds for one tenant.
struct Trust {
  bool required = false;
  std::vector<TrustedKey> keys;
};

/// What one signature is worth.
struct Voucher {
  Code lasting = Code::kAllowed;  ///< what no time changes: missing, invalid, revoked
  WallTime not_before = WallTime::min();
  WallTime not_after = WallTime::max();
  std::string key_id{};  ///< empty: no trusted key made it

  /// kAllowed, `lasting`, kSigningKeyExpired or kSigningKeyNotYetValid.
  [[nodiscard]] Code at(WallTime now) const noexcept;
};

/// Of `signature` (see signature_text.hpp) over what has this SHA-256. `invalid` says what it is
/// when no key of the tenant made it.
[[nodiscard]] Voucher vouch(const Trust& trust, std::string_view signature,
                            const std::array<std::uint8_t, 32>& sha256, Code invalid);

/// Whether a plugin's signatures let it be served now. update() from one thread at a time, code()
/// from any.
class SignatureStatus {
 public:
  SignatureStatus(Voucher bundle, Voucher manifest) noexcept;

  /// kAllowed, or the refusal.
  [[nodiscard]] Code code() const noexcept { return code_.load(std::memory_order_relaxed); }
  /// Holds the keys' dates against the time. True when code() is another one than before.
  bool update(WallTime now) noexcept;

 private:
  const Voucher bundle_;
  const Voucher manifest_;
  std::atomic<Code> code_;
};

}  // namespace portcullis::bff

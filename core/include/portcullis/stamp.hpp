// Stamps: proof of which plugin makes a call, and the texts their MACs cover.
//
// A page key is a secret the server gives to one page; only that page's host SDK can use it. Each
// call carries `X-Plugin-Stamp: v1.KEYID.COUNTER.MAC`; MAC is HMAC-SHA-256 under that key over
// stamp_message(). Both hosts build the text here or are tested against spec/vectors/stamp.json.
//
// Decides the header's format and the text that stands for a call or a page change. Each part of a
// text ends in LF, which no part can contain, so different calls have different texts; the first
// line differs by purpose, so a MAC for one is worthless for the other. Keys, MACs and counters are
// the server's.
//
// To verify: parse_stamp() the header, build stamp_message() from the canonical target and the
// parsed key id and counter, and compare the MACs as texts in constant time. Only canonical
// base64url is accepted, so equal MACs are equal texts. O(length); parsing allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis {

/// The caller name of the host's own calls. Not a plugin id: those start with a letter.
inline constexpr std::string_view kHostCaller = "@host";

/// Length of a key id: 16 bytes as base64url without padding.
inline constexpr std::size_t kStampKeyIdChars = 22;
/// Length of a MAC: 32 bytes as base64url without padding.
inline constexpr std::size_t kStampMacChars = 43;
/// 2^53 - 1, because a counter is a number in JavaScript.
inline constexpr std::uint64_t kMaxStampCounter = 9'007'199'254'740'991;

/// A parsed stamp; views into the header's value.
struct Stamp {
  std::string_view key_id;
  std::uint64_t counter = 0;  ///< 1 to kMaxStampCounter
  std::string_view mac;
};

/// Returns kAllowed and sets `out`, or kStampInvalid for anything but the exact format above:
/// decimal without leading zeros, canonical base64url, no surrounding characters.
[[nodiscard]] Code parse_stamp(std::string_view value, Stamp& out) noexcept;

/// Replaces `out` by "portcullis-stamp-v1\n" KEYID "\n" CALLER "\n" METHOD "\n" TARGET "\n"
/// COUNTER. `caller` is a plugin id or kHostCaller, `target` the canonical target.
void stamp_message(std::string& out, std::string_view key_id, std::string_view caller,
                   std::string_view method, std::string_view target, std::uint64_t counter);

/// Page changes: the page is closed, enters the back/forward cache, or leaves it.
inline constexpr std::string_view kPageRelease = "release";
inline constexpr std::string_view kPageSuspend = "suspend";
inline constexpr std::string_view kPageResume = "resume";
/// Whether `change` is one of the three above.
[[nodiscard]] bool is_page_change(std::string_view change) noexcept;

/// Replaces `out` by "portcullis-page-v1\n" KEYID "\n" CHANGE "\n" STEP. Signed in advance, because
/// a page that is being closed has no time to sign. `step` increases with each change of a page; a
/// step below the last one is ignored.
void page_message(std::string& out, std::string_view key_id, std::string_view change,
                  std::uint64_t step);

}  // namespace portcullis

// Stamps: what a call says about who makes it, and the text that its MAC is over.
//
// A page key is a secret that the server gave to one page; only the host SDK of that page can use
// it. Each call carries `X-Plugin-Stamp: v1.KEYID.COUNTER.MAC`, where MAC is HMAC-SHA-256, by that
// key, over the text of stamp_message(). Both hosts build the text here, or are held to it by
// spec/vectors/stamp.json, so that page and server cannot disagree about what was stamped.
//
// What it decides: how the header is written, and which text stands for a call or for a change of a
// page's life. Every part of a text ends at a line feed, which no part can hold, so that two
// different calls never have one text; the first line differs for each purpose, so that a MAC of
// one is worth nothing for the other.
// What it does not: it knows no key, computes no MAC, and keeps no counters; the server does.
//
// In which order to call it: parse_stamp() on what came, stamp_message() with the canonical target
// and the key id and counter that were parsed, then compare MACs as texts, in constant time:
// base64url is taken in its one canonical spelling only, so equal texts are equal MACs and nothing
// else is.
//
// O(length); parsing allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis {

/// Whose the host's own calls are. No plugin's id: those start with a letter.
inline constexpr std::string_view kHostCaller = "@host";

/// A key id is 16 bytes as base64url without padding, a MAC 32.
inline constexpr std::size_t kStampKeyIdChars = 22;
inline constexpr std::size_t kStampMacChars = 43;
/// 2^53 - 1: a counter is a number in JavaScript, too.
inline constexpr std::uint64_t kMaxStampCounter = 9'007'199'254'740'991;

/// Views into the header's value.
struct Stamp {
  std::string_view key_id;
  std::uint64_t counter = 0;  ///< 1 to kMaxStampCounter
  std::string_view mac;
};

/// Code::kAllowed when `out` was set; Code::kStampInvalid for anything that is not written exactly
/// as above: decimal without leading zeros, canonical base64url, nothing around.
[[nodiscard]] Code parse_stamp(std::string_view value, Stamp& out) noexcept;

/// "portcullis-stamp-v1\n" KEYID "\n" CALLER "\n" METHOD "\n" TARGET "\n" COUNTER, into `out`,
/// which is emptied first. `caller` is a plugin's id or kHostCaller, `target` the canonical one.
void stamp_message(std::string& out, std::string_view key_id, std::string_view caller,
                   std::string_view method, std::string_view target, std::uint64_t counter);

/// What becomes of a page: it is left, or sleeps in the back/forward cache and wakes up.
inline constexpr std::string_view kPageRelease = "release";
inline constexpr std::string_view kPageSuspend = "suspend";
inline constexpr std::string_view kPageResume = "resume";
[[nodiscard]] bool is_page_change(std::string_view change) noexcept;

/// "portcullis-page-v1\n" KEYID "\n" CHANGE "\n" STEP: signed ahead, because a page that is left
/// has no time to sign. `step` counts up over a page's changes; a lower one than the last changes
/// nothing.
void page_message(std::string& out, std::string_view key_id, std::string_view change,
                  std::uint64_t step);

}  // namespace portcullis

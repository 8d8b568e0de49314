// Ids that a request is found by in logs, audits and answers.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// Whether an inbound X-Request-ID is kept: 1 to 128 visible ASCII characters but `"`, `\`, `<` and
/// `>`, which can harm no log. AuthZEN 1.0 section 10.1.3 wants any back ("an arbitrary string").
[[nodiscard]] bool usable_request_id(std::string_view id) noexcept;

/// 32 hexadecimal digits: 64 random bits of this thread's start and a mixed counter. Unique, not
/// secret, and without a call to the random generator for each request.
[[nodiscard]] std::string next_request_id();

}  // namespace portcullis::bff

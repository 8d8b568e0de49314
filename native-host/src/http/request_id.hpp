// Request ids in logs, audits and answers.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// Whether to keep an inbound X-Request-ID: 1 to 128 visible ASCII characters except `"`, `\`, `<`
/// and `>`, which are safe in logs. AuthZEN 1.0, section 10.1.3, requires returning any ("an
/// arbitrary string").
[[nodiscard]] bool usable_request_id(std::string_view id) noexcept;

/// 32 hexadecimal digits: 64 random bits per thread plus a mixed counter. Unique, not secret; no
/// random generator call per request.
[[nodiscard]] std::string next_request_id();

}  // namespace portcullis::bff
